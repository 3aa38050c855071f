"""PyJWT: the tokens are what they say, by the keys that the sandbox publishes."""

import jwt
import msal
import requests

from conftest import GRAPH_SCOPE


def keys(sandbox):
    configuration = requests.get(f"{sandbox.authority}/v2.0/.well-known/openid-configuration", timeout=30).json()
    return configuration, jwt.PyJWKClient(configuration["jwks_uri"], cache_keys=False)


def test_an_application_token_verifies(sandbox):
    app = msal.ConfidentialClientApplication(
        sandbox.app["client_id"],
        client_credential=sandbox.app["client_secret"],
        authority=sandbox.authority,
        instance_discovery=False,
    )
    token = app.acquire_token_for_client([GRAPH_SCOPE])["access_token"]
    _, client = keys(sandbox)
    key = client.get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience="https://graph.microsoft.com",
        issuer=f"https://sts.windows.net/{sandbox.tenant}/",
    )
    assert claims["appid"] == sandbox.app["client_id"] and "Mail.Read" in claims["roles"]


def test_a_users_tokens_verify(sandbox):
    app = msal.PublicClientApplication(
        sandbox.public["client_id"], authority=sandbox.authority, instance_discovery=False
    )
    flow = app.initiate_device_flow(["User.Read"])
    sandbox.approve(flow["user_code"])
    result = app.acquire_token_by_device_flow(flow)
    configuration, client = keys(sandbox)
    key = client.get_signing_key_from_jwt(result["id_token"])
    identity = jwt.decode(
        result["id_token"],
        key,
        algorithms=["RS256"],
        audience=sandbox.public["client_id"],
        issuer=configuration["issuer"],
    )
    access = jwt.decode(result["access_token"], key, algorithms=["RS256"], audience="https://graph.microsoft.com")
    assert identity["oid"] == access["oid"] == sandbox.user["id"]
    assert access["scp"].split() and access["upn"] == sandbox.user["upn"]
