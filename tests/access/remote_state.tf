# Reads another state's output.

variable "config" {
  type = any
}

data "terraform_remote_state" "this" {
  backend = "s3"
  config  = var.config
}

output "content" {
  value = data.terraform_remote_state.this.outputs.content
}
