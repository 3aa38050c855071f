"""msal: every grant it has, and the error it makes of every fault."""

import msal
import pytest
import requests

from conftest import GRAPH_SCOPE

PUBLIC_SCOPES = ["User.Read", "Mail.Read"]


def confidential(sandbox, credential=None, **more):
    credential = credential or sandbox.app["client_secret"]
    options = {"authority": sandbox.authority, "instance_discovery": False} | more
    return msal.ConfidentialClientApplication(sandbox.app["client_id"], client_credential=credential, **options)


def public(sandbox):
    return msal.PublicClientApplication(
        sandbox.public["client_id"], authority=sandbox.authority, instance_discovery=False
    )


def pem(sandbox):
    with open(sandbox.app["certificate_file"], encoding="ascii") as file:
        text = file.read()
    at = text.index("-----BEGIN CERTIFICATE-----")
    return text[:at], text[at:]


def thumbprint(certificate):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    return x509.load_pem_x509_certificate(certificate.encode()).fingerprint(hashes.SHA1()).hex()


def test_client_secret(sandbox):
    result = confidential(sandbox).acquire_token_for_client([GRAPH_SCOPE])
    assert result["access_token"] and result["token_type"] == "Bearer", result


def test_oidc_authority(sandbox):
    app = confidential(sandbox, authority=None, oidc_authority=f"{sandbox.authority}/v2.0")
    assert "access_token" in app.acquire_token_for_client([GRAPH_SCOPE])


def test_through_the_proxy_as_if_it_were_the_real_service(sandbox):
    app = msal.ConfidentialClientApplication(
        sandbox.app["client_id"],
        client_credential=sandbox.app["client_secret"],
        authority=f"https://login.microsoftonline.com/{sandbox.tenant}",
        proxies={"https": sandbox.ready["proxy_url"]},
    )
    token = app.acquire_token_for_client([GRAPH_SCOPE])["access_token"]
    answer = requests.get(
        "https://graph.microsoft.com/v1.0/users",
        headers={"Authorization": f"Bearer {token}"},
        proxies={"https": sandbox.ready["proxy_url"]},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


def test_certificate_by_sha1_and_by_sha256(sandbox):
    key, certificate = pem(sandbox)
    by_sha1 = {"private_key": key, "thumbprint": thumbprint(certificate), "public_certificate": certificate}
    by_sha256 = {"private_key": key, "public_certificate": certificate}
    for credential in (by_sha1, by_sha256):
        result = confidential(sandbox, credential).acquire_token_for_client([GRAPH_SCOPE])
        assert "access_token" in result, result


def test_workload_federation(sandbox):
    assertion = sandbox.trust_workload("judge")
    result = confidential(sandbox, {"client_assertion": assertion}).acquire_token_for_client([GRAPH_SCOPE])
    assert "access_token" in result, result


def test_device_code_and_silent_refresh(sandbox):
    app = public(sandbox)
    flow = app.initiate_device_flow(PUBLIC_SCOPES)
    sandbox.approve(flow["user_code"])
    result = app.acquire_token_by_device_flow(flow)
    assert result["id_token_claims"]["preferred_username"] == sandbox.user["upn"], result
    account = app.get_accounts()[0]
    assert account["home_account_id"] == f"{sandbox.user['id']}.{sandbox.tenant}"
    fresh = app.acquire_token_silent(PUBLIC_SCOPES, account, force_refresh=True)
    assert fresh["token_source"] == "identity_provider" and fresh["access_token"] != result["access_token"]


def test_declined_device(sandbox):
    app = public(sandbox)
    flow = app.initiate_device_flow(PUBLIC_SCOPES)
    sandbox.approve(flow["user_code"], approve=False)
    assert app.acquire_token_by_device_flow(flow)["error"] == "authorization_declined"


def test_authorization_code_with_pkce(sandbox):
    app = public(sandbox)
    flow = app.initiate_auth_code_flow(PUBLIC_SCOPES, redirect_uri="http://localhost:5012")
    answer = sandbox.click(flow["auth_uri"])
    result = app.acquire_token_by_auth_code_flow(flow, answer)
    assert result["id_token_claims"]["oid"] == sandbox.user["id"], result
    assert app.acquire_token_silent(PUBLIC_SCOPES, app.get_accounts()[0], force_refresh=True)["access_token"]
    again = app.acquire_token_by_auth_code_flow(flow, answer)
    assert again["error_codes"] == [54005], again


def test_declined_authorization(sandbox):
    app = public(sandbox)
    flow = app.initiate_auth_code_flow(PUBLIC_SCOPES, redirect_uri="http://localhost:5012")
    result = app.acquire_token_by_auth_code_flow(flow, sandbox.click(flow["auth_uri"], "decline"))
    assert result["error"] == "access_denied" and "AADSTS65004" in result["error_description"]


def test_wrong_and_unknown_clients(sandbox):
    wrong = confidential(sandbox, "wrong").acquire_token_for_client([GRAPH_SCOPE])
    assert (wrong["error"], wrong["error_codes"]) == ("invalid_client", [7000215])
    unknown = msal.ConfidentialClientApplication(
        "7a3a0f0e-64a5-4d9e-8a2e-3f0a5f0c1b2d",
        client_credential="x",
        authority=sandbox.authority,
        instance_discovery=False,
    )
    assert unknown.acquire_token_for_client([GRAPH_SCOPE])["error_codes"] == [700016]


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 50053, "invalid_grant"),
        (400, 50057, "invalid_grant"),
        (400, 50076, "interaction_required"),
        (400, 53003, "invalid_grant"),
        (400, 65001, "invalid_grant"),
        (400, 700016, "unauthorized_client"),
        (401, 7000222, "invalid_client"),
        (400, 90002, "invalid_request"),
    ],
)
def test_refusals_keep_their_class(sandbox, status, code, error):
    app = confidential(sandbox)
    sandbox.faults({"operation": "token.client-secret", "status": status, "code": f"AADSTS{code}"})
    result = app.acquire_token_for_client([GRAPH_SCOPE])
    assert (result["error"], result["error_codes"]) == (error, [code])
    assert f"AADSTS{code}" in result["error_description"] and result["correlation_id"]


def test_a_throttled_client_waits_by_itself(sandbox):
    app = confidential(sandbox)
    sandbox.faults({"operation": "token.client-secret", "status": 429, "retry_after_s": 60})
    first = len(sandbox.requests("/oauth2/v2.0/token"))
    for _ in range(3):
        assert "error" in app.acquire_token_for_client([GRAPH_SCOPE])
    assert len(sandbox.requests("/oauth2/v2.0/token")) == first + 1


def test_broken_connections_and_bodies(sandbox):
    app = confidential(sandbox)
    sandbox.faults({"operation": "token.client-secret", "kind": "reset"})
    with pytest.raises(requests.exceptions.ConnectionError):
        app.acquire_token_for_client([GRAPH_SCOPE])
    sandbox.faults({"operation": "token.client-secret", "kind": "text", "status": 502})
    with pytest.raises(Exception, match="502|JSON|Expecting|retry"):
        app.acquire_token_for_client([GRAPH_SCOPE])
