# The machines of one environment: they sit in its network and use its database, both read from other states.

terraform {
  required_version = ">= 1.10"

  # Filled in by `terraform init -backend-config=backend.hcl`.
  backend "s3" {}
}

variable "environment" {
  description = "The environment that these machines belong to."
  type        = string
}

variable "states" {
  description = "Where the states of `network` and `database` are kept: the S3 backend's arguments of each."
  type        = any
}

data "terraform_remote_state" "this" {
  for_each = toset(["network", "database"])

  backend = "s3"
  config  = var.states[each.key]
}

locals {
  network  = data.terraform_remote_state.this["network"].outputs
  database = data.terraform_remote_state.this["database"].outputs
}

resource "terraform_data" "machine" {
  for_each = local.network.subnets

  input = {
    name     = "${var.environment}-machine-in-${each.key}"
    address  = cidrhost(each.value, 10)
    database = local.database.address
  }
}

output "machines" {
  description = "The address of each machine, by its name."
  value       = { for machine in terraform_data.machine : machine.output.name => machine.output.address }
}

output "database" {
  description = "The database that the machines use."
  value       = local.database.address
}
