# A state with something in it, for whoever writes or reads it.

terraform {
  backend "s3" {}
}

variable "content" {
  type    = string
  default = "first"
}

resource "terraform_data" "this" {
  input = var.content
}

output "content" {
  value = terraform_data.this.output
}
