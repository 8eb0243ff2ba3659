"""`aws:iam/openIdConnectProvider:OpenIdConnectProvider`."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugin import codecs, failures, shape, tagging
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import Properties


class OpenIdConnectProvider(Kind):
    """An issuer of tokens that the account trusts. Its id is its ARN."""

    resource_type = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    regional = False
    replaces = frozenset({"url"})
    outputs = ("arn",)
    properties = Record(
        fields={
            "clientIdLists": Leaf("ClientIDList", codec=codecs.SET),
            "tags": Leaf("Tags", codec=codecs.TAGS),
            "thumbprintLists": Leaf("ThumbprintList", codec=codecs.SET, computed=True),
            "url": Leaf("Url", codec=codecs.URL),
        }
    )

    def create(self, region: Region, inputs: Properties) -> str:
        """CreateOpenIDConnectProvider with all there is."""
        told = shape.to_aws(self.properties, {**inputs, "tags": inputs["tagsAll"] or None})
        made = region.client("iam").create_open_id_connect_provider(**told)
        return str(made["OpenIDConnectProviderArn"])

    def settle(self, region: Region, name: str, inputs: Properties) -> None:
        """Client ids one by one, UpdateOpenIDConnectProviderThumbprint, tags: each where it differs."""
        iam, now = region.client("iam"), self.read(region, name) or {}
        live, wanted = set(now.get("clientIdLists", ())), set(inputs["clientIdLists"])
        for client in sorted(wanted - live):
            iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=name, ClientID=client)
        for client in sorted(live - wanted):
            iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=name, ClientID=client)
        thumbprints = inputs.get("thumbprintLists")
        if any(shape.changes(self.properties.fields["thumbprintLists"], now.get("thumbprintLists"), thumbprints)):
            iam.update_open_id_connect_provider_thumbprint(
                OpenIDConnectProviderArn=name, ThumbprintList=thumbprints
            )
        tags = now.get("tagsAll", {})
        if gone := tagging.surplus(tags, inputs["tagsAll"]):
            iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=name, TagKeys=gone)
        if new := tagging.missing(tags, inputs["tagsAll"]):
            iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=name, Tags=codecs.TAGS.to_aws(new))

    def read(self, region: Region, name: str) -> Properties | None:
        """GetOpenIDConnectProvider."""
        with failures.absent("NoSuchEntity"):
            found = region.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=name)
            return {
                **shape.from_aws(self.properties, found),
                "tagsAll": tagging.visible(codecs.TAGS.from_aws(found.get("Tags", []))),
                "arn": name,
            }
        return None

    def delete(self, region: Region, name: str, state: Mapping[str, Any]) -> None:
        """DeleteOpenIDConnectProvider."""
        with failures.absent("NoSuchEntity"):
            region.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=name)
