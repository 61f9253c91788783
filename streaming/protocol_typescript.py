"""Writes the TypeScript side of the protocol: `headset_client/src/protocol.ts`.

Run as `python -m streaming.protocol_typescript` (or `make protocol`); with `--check` it only says whether the file
is what the Python models give, and a test does the same. Types and decoders both come from the models' JSON schema,
so what TypeScript believes and what Python accepts cannot drift apart.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from engine.sentence_catalogue import SENTENCES
from streaming import protocol

TARGET: Final = Path(__file__).resolve().parent.parent / "headset_client" / "src" / "protocol.ts"

JsonSchema = dict[str, Any]

UNIONS: Final[tuple[tuple[str, str, TypeAdapter[Any]], ...]] = (
    ("ClientMessage", "What a client sends on the control socket.", protocol.CLIENT_MESSAGE),
    ("ServerMessage", "What the server sends on the control socket.", protocol.SERVER_MESSAGE),
    ("AssetMessage", "What a client sends on the asset socket.", protocol.ASSET_MESSAGE),
    (
        "AssetServerMessage",
        "Text frames of the server on the asset socket; binary frames are chunks.",
        protocol.ASSET_SERVER_MESSAGE,
    ),
)

HTTP_ANSWERS: Final = (
    "CaseList",
    "InviteMade",
    "Invites",
    "Me",
    "ReplayTimeline",
    "ReplayedPlans",
    "ReplayedNumbers",
    "RecordedPresence",
)

PRELUDE: Final = """\
// Generated from streaming/protocol/ by `make protocol`. Do not edit: change the Python models.

import { type Check, list, nullable, number, oneOf, record, tagged, text, truth, tuple } from "./protocol-checks";
"""


def _constants() -> str:
    header = protocol.ASSET_CHUNK_HEADER.size
    roles = "\n".join(f"  {_key(tag)}: {json.dumps(role)}," for tag, role in protocol.LEAST_ROLE.items())
    sentences = "\n".join(f"  {json.dumps(code)}: {json.dumps(told)}," for code, told in SENTENCES.items())
    return (
        f"export const PROTOCOL_VERSION = {protocol.PROTOCOL_VERSION};\n"
        "/** The plan that every case has from the start. */\n"
        f"export const FIRST_PLAN_ID = {json.dumps(protocol.FIRST_PLAN_ID)};\n"
        f"export const NOTICE = {json.dumps(protocol.NOTICE)};\n"
        "/** Bytes before the payload of a binary frame: four little-endian uint32. */\n"
        f"export const ASSET_CHUNK_HEADER_BYTES = {header};\n"
        f"export const ASSET_CHUNK_BYTES = {protocol.ASSET_CHUNK_BYTES};\n"
        "/** Payload bytes the server may have under way before the client grants more. */\n"
        f"export const ASSET_CREDIT_BYTES = {protocol.ASSET_CREDIT_BYTES};\n"
        f"export const CODE_ALPHABET = {json.dumps(protocol.CODE_ALPHABET)};\n"
        f"export const CODE_LENGTH = {protocol.CODE_LENGTH};\n"
        "/** How many people can talk with one another at once. */\n"
        f"export const VOICE_PLACES = {protocol.VOICE_PLACES};\n"
        "/** By the type of a message, the least role that may send it; the server judges by the same table. */\n"
        f'export const LEAST_ROLE: Readonly<Record<(ClientMessage | AssetMessage)["type"], Role>> = {{\n{roles}\n}};\n'
        "/** What the server says to people, by its code: what happened and the cure, {} where a value is. */\n"
        f"export const SENTENCES = {{\n{sentences}\n}} as const;\n"
    )


def _key(tag: str) -> str:
    return tag if tag.isidentifier() else json.dumps(tag)


def _reference(schema: JsonSchema) -> str | None:
    reference = schema.get("$ref")
    return str(reference).removeprefix("#/$defs/") if reference else None


def _type_of(schema: JsonSchema) -> str:  # noqa: PLR0911 - one return per kind of schema reads best
    if name := _reference(schema):
        return name
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(_type_of(choice) for choice in choices)
    if "prefixItems" in schema:
        return f"readonly [{', '.join(_type_of(item) for item in schema['prefixItems'])}]"
    match schema["type"]:
        case "array":
            item = _type_of(schema["items"])
            return f"readonly ({item})[]" if " | " in item else f"readonly {item}[]"
        case "integer" | "number":
            return "number"
        case "string" | "boolean" | "null" as name:
            return str(name)
    raise NotImplementedError(f"no TypeScript for {schema}")


def _limits(schema: JsonSchema, names: dict[str, str]) -> str:
    parts = [f"{short}: {_number(schema[long])}" for long, short in names.items() if long in schema]
    if "pattern" in schema:
        parts.append(f"pattern: /{schema['pattern']}/")
    if schema.get("type") == "integer":
        parts.insert(0, "integer: true")
    return f"{{ {', '.join(parts)} }}" if parts else ""


_NUMBER_LIMITS: Final = {"minimum": "min", "maximum": "max", "exclusiveMinimum": "above", "exclusiveMaximum": "below"}


def _tagged(discriminator: JsonSchema) -> str:
    """The check of a union whose members are told apart by one field."""
    mapping: dict[str, str] = discriminator["mapping"]
    cases = "\n".join(f"    {tag}: check{reference.removeprefix('#/$defs/')}," for tag, reference in mapping.items())
    return f"tagged(\n  {{\n{cases}\n  }},\n  {json.dumps(discriminator['propertyName'])},\n)"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _check_of(schema: JsonSchema) -> str:  # noqa: PLR0911 - one return per kind of schema reads best
    if name := _reference(schema):
        return f"check{name}"
    if "const" in schema:
        return f"oneOf({json.dumps(schema['const'])})"
    if "enum" in schema:
        return f"oneOf({', '.join(json.dumps(value) for value in schema['enum'])})"
    if "oneOf" in schema:
        return _tagged(schema["discriminator"])
    if "anyOf" in schema:
        (choice,) = (choice for choice in schema["anyOf"] if choice.get("type") != "null")
        return f"nullable({_check_of(choice)})"
    if "prefixItems" in schema:
        return f"tuple({', '.join(_check_of(item) for item in schema['prefixItems'])})"
    match schema["type"]:
        case "array":
            limits = _limits(schema, {"minItems": "min", "maxItems": "max"})
            return f"list({_check_of(schema['items'])}{', ' + limits if limits else ''})"
        case "string":
            return f"text({_limits(schema, {'minLength': 'min', 'maxLength': 'max'})})"
        case "integer" | "number":
            return f"number({_limits(schema, _NUMBER_LIMITS)})"
        case "boolean":
            return "truth"
    raise NotImplementedError(f"no check for {schema}")


def _comment(schema: JsonSchema, indent: str = "") -> str:
    lines = str(schema.get("description", "")).strip().splitlines()
    if not lines:
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "\n".join(f"{indent} * {line}".rstrip() for line in lines)
    return f"{indent}/**\n{body}\n{indent} */\n"


def _is_optional(name: str, field: JsonSchema, schema: JsonSchema) -> bool:
    """A field with a default may be left out by the sender; fixed texts (`type`, `notice`) are always written."""
    return name not in schema.get("required", ()) and "const" not in field


def _model(name: str, schema: JsonSchema) -> str:
    fields: JsonSchema = schema["properties"]
    lines = [f"{_comment(schema)}export interface {name} {{"]
    required: list[str] = []
    optional: list[str] = []
    for field_name, field in fields.items():
        is_optional = _is_optional(field_name, field, schema)
        lines.append(f"  readonly {field_name}{'?' if is_optional else ''}: {_type_of(field)};")
        (optional if is_optional else required).append(f"    {field_name}: {_check_of(field)},")
    lines.append("}\n")
    groups = ["  {\n" + "\n".join(required) + "\n  },"]
    if optional:
        groups.append("  {\n" + "\n".join(optional) + "\n  },")
    lines.append(f"const check{name}: Check = record(\n" + "\n".join(groups) + "\n);\n")
    return "\n".join(lines)


def _union(name: str, purpose: str, adapter: TypeAdapter[Any]) -> str:
    mapping: dict[str, str] = adapter.json_schema()["discriminator"]["mapping"]
    members = {tag: reference.removeprefix("#/$defs/") for tag, reference in mapping.items()}
    union = "\n".join(f"  | {member}" for member in members.values())
    cases = "\n".join(f"  {json.dumps(tag)}: check{member}," for tag, member in members.items())
    return (
        f"/** {purpose} */\nexport type {name} =\n{union};\n\n"
        f"const check{name}: Check = tagged({{\n{cases}\n}});\n\n" + _parser(name)
    )


def _parser(name: str) -> str:
    return (
        f"/** Checks parsed JSON. @throws ProtocolError where it is no {name}. */\n"
        f"export function parse{name}(value: unknown): {name} {{\n"
        f'  check{name}(value, "{name}");\n'
        f"  return value as {name};\n"
        "}\n"
    )


def _in_order(definitions: dict[str, JsonSchema]) -> list[tuple[str, JsonSchema]]:
    """Definitions in the order of streaming/protocol, so that a diff of the output reads like one of the source."""
    order = {name: index for index, name in enumerate(vars(protocol))}
    return sorted(definitions.items(), key=lambda item: order[item[0]])


def typescript() -> str:
    """The text of `protocol.ts`."""
    models = [
        value
        for value in vars(protocol).values()
        if isinstance(value, type) and issubclass(value, protocol.WireModel) and value is not protocol.WireModel
    ]
    _, schema = models_json_schema([(model, "validation") for model in models])
    parts = [PRELUDE, _constants()]
    for name, definition in _in_order(schema["$defs"]):
        if "properties" in definition:
            parts.append(_model(name, definition))
        else:
            parts.append(
                f"export type {name} = {_type_of(definition)};\n\nconst check{name}: Check = {_check_of(definition)};\n"
            )
    parts.extend(_union(*union) for union in UNIONS)
    parts.extend(_parser(name) for name in HTTP_ANSWERS)
    return "\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """Writes or checks the file; returns the exit code."""
    parser = argparse.ArgumentParser(description="Writes the TypeScript side of the protocol.")
    parser.add_argument("--check", action="store_true", help="only check, exit 1 if the file differs")
    wanted = typescript()
    if parser.parse_args(arguments).check:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == wanted:
            return 0
        sys.stderr.write("headset_client/src/protocol.ts is not what streaming/protocol gives: run `make protocol`.\n")
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
