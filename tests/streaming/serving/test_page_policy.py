"""A page may run what was built into it, by its hash, and nothing that came into it otherwise."""

from __future__ import annotations

import base64
import hashlib

import httpx

from streaming.serving.page_policy import hashes_in

POLICY = "content-security-policy"


def test_a_script_that_stands_in_a_page_is_named_by_the_hash_of_its_text() -> None:
    expected = base64.b64encode(hashlib.sha256(b"\nstart();\n").digest()).decode()
    page = '<head><script type="module" src="a.js"></script></head><body><script>\nstart();\n</script></body>'
    assert hashes_in(page, "script") == (f"'sha256-{expected}'",)


def test_a_page_without_scripts_of_its_own_allows_none() -> None:
    assert hashes_in('<body><script src="a.js"></script></body>', "script") == ()


def test_only_the_page_itself_names_its_scripts(shared) -> None:
    page = httpx.get(f"{shared.address.origin}/cases/any", trust_env=False)
    policy = page.headers[POLICY]
    assert all(one in policy for one in hashes_in(page.text, "script") + hashes_in(page.text, "style"))
    assert "sha256" not in httpx.get(f"{shared.address.origin}/api/cases", trust_env=False).headers[POLICY]
