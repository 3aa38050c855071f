"""azure-identity: every credential that can be had without a browser, and its two error classes."""

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AuthorizationCodeCredential,
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    WorkloadIdentityCredential,
)

from conftest import GRAPH_SCOPE


def options(sandbox):
    return {"authority": sandbox.login, "disable_instance_discovery": True}


def secret(sandbox, value=None, **more):
    value = value or sandbox.app["client_secret"]
    return ClientSecretCredential(sandbox.tenant, sandbox.app["client_id"], value, **options(sandbox), **more)


def test_client_secret(sandbox):
    assert secret(sandbox).get_token(GRAPH_SCOPE).token


@pytest.mark.parametrize("chain", [False, True])
def test_certificate(sandbox, chain):
    credential = CertificateCredential(
        sandbox.tenant,
        sandbox.app["client_id"],
        sandbox.app["certificate_file"],
        send_certificate_chain=chain,
        **options(sandbox),
    )
    assert credential.get_token(GRAPH_SCOPE).token


def test_assertion_and_workload_identity(sandbox, tmp_path):
    assertion = sandbox.trust_workload("judge")
    client = sandbox.app["client_id"]
    by_function = ClientAssertionCredential(sandbox.tenant, client, lambda: assertion, **options(sandbox))
    assert by_function.get_token(GRAPH_SCOPE).token
    file = tmp_path / "token"
    file.write_text(assertion, encoding="ascii")
    by_file = WorkloadIdentityCredential(
        tenant_id=sandbox.tenant, client_id=client, token_file_path=str(file), **options(sandbox)
    )
    assert by_file.get_token(GRAPH_SCOPE).token


def test_device_code(sandbox):
    credential = DeviceCodeCredential(
        sandbox.public["client_id"],
        tenant_id=sandbox.tenant,
        prompt_callback=lambda _page, code, _expires: sandbox.approve(code),
        **options(sandbox),
    )
    assert credential.get_token("https://graph.microsoft.com/User.Read").token


def test_a_declined_device(sandbox):
    credential = DeviceCodeCredential(
        sandbox.public["client_id"],
        tenant_id=sandbox.tenant,
        prompt_callback=lambda _page, code, _expires: sandbox.approve(code, approve=False),
        **options(sandbox),
    )
    with pytest.raises(ClientAuthenticationError, match="AADSTS70020"):
        credential.get_token("https://graph.microsoft.com/User.Read")


def test_the_client_id_of_the_library_itself_is_known(sandbox):
    credential = DeviceCodeCredential(
        tenant_id=sandbox.tenant,
        prompt_callback=lambda _page, code, _expires: sandbox.approve(code),
        **options(sandbox),
    )
    assert credential.get_token(GRAPH_SCOPE).token


def test_authorization_code(sandbox):
    back = "http://localhost:5012"
    client = sandbox.public["client_id"]
    scope = "https://graph.microsoft.com/User.Read"
    page = f"{sandbox.authority}/oauth2/v2.0/authorize?client_id={client}&response_type=code"
    code = sandbox.click(f"{page}&redirect_uri={back}&scope={scope}%20offline_access")["code"]
    credential = AuthorizationCodeCredential(sandbox.tenant, client, code, back, **options(sandbox))
    assert credential.get_token(scope).token


@pytest.mark.parametrize("code", [50053, 50057, 50076, 53003, 65001, 700016, 700027, 7000222, 90002])
def test_refusals_are_authentication_errors(sandbox, code):
    sandbox.faults({"operation": "token.client-secret", "status": 400, "code": f"AADSTS{code}"})
    with pytest.raises(ClientAuthenticationError, match=f"AADSTS{code}"):
        secret(sandbox).get_token(GRAPH_SCOPE)


def test_a_wrong_secret(sandbox):
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        secret(sandbox, "wrong").get_token(GRAPH_SCOPE)


def test_a_broken_connection(sandbox):
    sandbox.faults({"operation": "token.client-secret", "kind": "reset"})
    with pytest.raises(ClientAuthenticationError, match="Connection aborted"):
        secret(sandbox, retry_total=0).get_token(GRAPH_SCOPE)


def test_a_throttled_sign_in_is_repeated(sandbox):
    sandbox.faults(sandbox_throttle(sandbox))
    assert secret(sandbox).get_token(GRAPH_SCOPE).token
    statuses = [it["status"] for it in sandbox.requests("/oauth2/v2.0/token")]
    assert statuses[-1] == 200 and 429 in statuses


def sandbox_throttle(sandbox):
    """Throttled for one second, and told to wait for two."""
    from datetime import datetime, timedelta

    now = datetime.fromisoformat(sandbox.control("GET", "clock")["now"].replace("Z", "+00:00"))
    until = (now + timedelta(seconds=1)).isoformat()
    return {"operation": "token.client-secret", "status": 429, "retry_after_s": 2, "until": until}
