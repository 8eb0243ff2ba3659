"""Which client takes which argument, from the table that the code acts by."""

from blueprint.backend_clients import DIFFERENCES, NEWEST, OLDEST, Client, Difference, difference


def clients_table() -> str:
    """Every argument that some version does not take or calls deprecated."""
    products = " | ".join(f"{client.product} ({OLDEST[client]} to {NEWEST[client]})" for client in Client)
    lines = [f"| argument | {products} | otherwise |", "|---|---|---|---|"]
    for argument in dict.fromkeys(row.argument for row in DIFFERENCES):
        cells = " | ".join(_cell(difference(argument, client)) for client in Client)
        remarks = dict.fromkeys(row.remark for row in DIFFERENCES if row.argument == argument and row.remark)
        lines.append(f"| `{argument}` | {cells} | {'; '.join(remarks)} |")
    return "\n".join(lines)


def _cell(row: Difference | None) -> str:
    if row is None:
        return "always"
    if row.since is None:
        return f"[never]({row.source})"
    taken = "always" if row.since == OLDEST[row.client] else f"since {row.since}"
    if row.until is not None:
        taken = f"before {row.until}"
    deprecated = f", deprecated since {row.deprecated}" if row.deprecated is not None else ""
    return f"[{taken}{deprecated}]({row.source})"
