# The database of one environment. It knows nothing of the network: whoever uses both reads both.

terraform {
  required_version = ">= 1.10"

  # Filled in by `terraform init -backend-config=backend.hcl`.
  backend "s3" {}
}

variable "environment" {
  description = "The environment that this database belongs to."
  type        = string
}

resource "terraform_data" "database" {
  input = {
    name = "${var.environment}-database"
    size = var.environment == "prod" ? "large" : "small"
  }
}

output "address" {
  description = "Where the database answers."
  value       = "${terraform_data.database.output.name}.internal:5432"
}
