# The addresses of one environment. Others read them from this state's outputs.

terraform {
  required_version = ">= 1.10"

  # Filled in by `terraform init -backend-config=backend.hcl`.
  backend "s3" {}
}

variable "environment" {
  description = "The environment that this network belongs to."
  type        = string
}

locals {
  ranges = {
    dev     = "10.10.0.0/16"
    staging = "10.20.0.0/16"
    prod    = "10.30.0.0/16"
  }
  range = lookup(local.ranges, var.environment, "10.90.0.0/16")
}

resource "terraform_data" "network" {
  input = {
    name  = "${var.environment}-network"
    range = local.range
  }
}

resource "terraform_data" "subnet" {
  for_each = { a = 0, b = 1 }

  input = {
    name  = "${terraform_data.network.output.name}-${each.key}"
    range = cidrsubnet(local.range, 8, each.value)
  }
}

output "name" {
  description = "The network's name."
  value       = terraform_data.network.output.name
}

output "subnets" {
  description = "The address range of each subnet, by its name."
  value       = { for subnet in terraform_data.subnet : subnet.output.name => subnet.output.range }
}
