"""Values on their way between the engine and the plugin."""

from google.protobuf import json_format, struct_pb2

from localcloud.plugin.wire import SECRET, SIGNATURE, UNKNOWN, UNKNOWN_STRING, decode, encode, secrets


def test_a_secret_anywhere_in_a_property_makes_the_property_secret_again() -> None:
    hidden = {SIGNATURE: SECRET, "value": "hush"}
    struct = struct_pb2.Struct()
    struct.update({"tags": {"a": hidden, "b": "c"}, "list": [{"x": hidden}], "open": "o"})
    assert secrets(struct) == {"tags", "list"}
    assert decode(struct) == {"tags": {"a": "hush", "b": "c"}, "list": [{"x": "hush"}], "open": "o"}
    back = json_format.MessageToDict(encode(decode(struct), secrets(struct)))
    assert back["tags"] == {SIGNATURE: SECRET, "value": {"a": "hush", "b": "c"}}
    assert back["open"] == "o"


def test_what_is_not_known_yet_stays_unknown() -> None:
    struct = encode({"arn": UNKNOWN, "rules": [{"id": UNKNOWN}]})
    assert struct["arn"] == UNKNOWN_STRING
    assert decode(struct) == {"arn": UNKNOWN, "rules": [{"id": UNKNOWN}]}


def test_whole_numbers_are_whole_and_nothing_is_left_out() -> None:
    found = decode(encode({"days": 90, "half": 0.5, "on": False, "no": None, "empty": {}}))
    assert found == {"days": 90, "half": 0.5, "on": False, "empty": {}}
    assert isinstance(found["days"], int)
    assert found["on"] is False
