//! Inputs to begin with: every route with its own method, and one example of each other kind.

use graphbeat_sandbox::routes;

const USER: &str = "{user}";

fn all(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Every route, as an application and, in turn, as a user.
pub(crate) fn graph() -> Vec<Vec<u8>> {
    routes()
        .enumerate()
        .map(|(number, (method, pattern))| {
            let who = if number % 3 == 0 { "As: user\n" } else { "" };
            let prefix = if pattern.starts_with("/_") { "" } else { "/v1.0" };
            let body = if method == "GET" { "" } else { "{\"displayName\":\"a\",\"name\":\"b\",\"subject\":\"c\"}" };
            let pattern =
                pattern.replace("={period}", "='D7'").replace("={appId}", "='{appId}'").replace("={q}", "='a'");
            format!("{method} {prefix}{pattern}\n{who}Content-Type: application/json\n\n{body}").into_bytes()
        })
        .collect()
}

/// Batches that depend, repeat and nest.
pub(crate) fn batch() -> Vec<Vec<u8>> {
    let parts = [
        r#"{"id":"1","method":"GET","url":"/users/{user}"}"#,
        r#"{"id":"1","method":"GET","url":"/users/{user}"},{"id":"2","dependsOn":["1"],"method":"POST","url":"/users/{user}/messages","headers":{"Content-Type":"application/json"},"body":{"subject":"a"}}"#,
        r#"{"id":"1","dependsOn":["1"],"method":"GET","url":"/me"}"#,
        r#"{"id":"1","method":"DELETE","url":"/users/{user}/messages/x"},{"id":"2","dependsOn":["1"],"method":"GET","url":"/users"}"#,
        r#"{"id":"1","method":"POST","url":"/$batch","body":{"requests":[]}}"#,
        r#"{"id":"1","method":"PUT","url":"/users/{user}/drive/root:/a.txt:/content","headers":{"Content-Type":"text/plain"},"body":"YQ=="}"#,
    ];
    parts
        .iter()
        .map(|part| {
            format!("POST /v1.0/$batch\nContent-Type: application/json\n\n{{\"requests\":[{part}]}}").into_bytes()
        })
        .collect()
}

/// Every option of OData.
pub(crate) fn query() -> Vec<Vec<u8>> {
    all(&[
        "\0$filter=startswith(displayName,'A') and accountEnabled eq true&$count=true&$orderby=displayName desc",
        "\0$search=\"displayName:a\" OR \"mail:b\"&$select=id,displayName&$top=2",
        "\0$filter=assignedLicenses/any(l:l/skuId eq 00000000-0000-0000-0000-000000000000)",
        "\0$filter=not (mail in ('a','b')) or createdDateTime ge 2026-01-01T00:00:00Z&$expand=manager($select=id)",
        "\x01$filter=receivedDateTime ge 2026-01-01T00:00:00Z&$orderby=receivedDateTime desc&$skip=1",
        "\x01$filter=from/emailAddress/address eq 'a' and contains(subject,'b')&$expand=attachments",
        "\x01$search=\"hello\"&$count=true",
        "\x02$filter=start/dateTime ge '2026-01-01T00:00:00'&$select=subject",
        "\x03$filter=groupTypes/any(c:c eq 'Unified')&$expand=members",
        "\x04$orderby=name&$top=1&$skiptoken=o1",
        "\x0b$deltatoken=1&$select=id",
    ])
}

/// Each grant, each page.
pub(crate) fn entra() -> Vec<Vec<u8>> {
    const SCOPE: &str = "scope=https://graph.microsoft.com/.default";
    let token = |form: &str| {
        format!(
            "POST /{{tenant}}/oauth2/v2.0/token\nAs: nobody\nContent-Type: application/x-www-form-urlencoded\n\n{form}"
        )
        .into_bytes()
    };
    let mut seeds = vec![
        token(&format!("grant_type=client_credentials&client_id={{client}}&client_secret={{secret}}&{SCOPE}")),
        token(&format!(
            "grant_type=client_credentials&client_id={{client}}&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=eyJhbGciOiJQUzI1NiJ9.eyJhdWQiOiJhIn0.AA&{SCOPE}"
        )),
        token(&format!("grant_type=refresh_token&client_id={{public}}&refresh_token={{refresh-token}}&{SCOPE}")),
        token("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id={public}&device_code={device-code}"),
        token(
            "grant_type=authorization_code&client_id={public}&code=x&redirect_uri=http://localhost&code_verifier=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr",
        ),
        token("grant_type=password&client_id={public}&username={upn}&password=x&scope=User.Read"),
        token(
            "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&client_id={client}&client_secret={secret}&assertion={user-token}&requested_token_use=on_behalf_of&scope=User.Read",
        ),
        b"POST /{tenant}/oauth2/v2.0/devicecode\nAs: nobody\n\nclient_id={public}&scope=User.Read".to_vec(),
        b"POST /{tenant}/oauth2/v2.0/token\nAuthorization: Basic YTpi\n\ngrant_type=client_credentials".to_vec(),
    ];
    for page in [
        "/{tenant}/oauth2/v2.0/authorize?client_id={public}&response_type=code&redirect_uri=http://localhost&scope=User.Read&state=a&code_challenge=b&code_challenge_method=S256",
        "/{tenant}/v2.0/.well-known/openid-configuration",
        "/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "/{tenant}/discovery/v2.0/keys",
        "/{tenant}/adminconsent?client_id={client}&redirect_uri=http://localhost",
        "/{tenant}/v2.0/adminconsent?client_id={client}&scope=User.Read.All&redirect_uri=http://localhost&state=s",
        "/{tenant}/oauth2/v2.0/logout?post_logout_redirect_uri=http://localhost",
        "/common/userrealm/{upn}?api-version=1.0",
        "/devicelogin",
    ] {
        seeds.push(format!("GET {page}\nAs: nobody\n\n").into_bytes());
    }
    seeds.extend(all(&["POST /devicelogin\nAs: nobody\n\nuser_code=ABCDEFGH&user={user}&action=approve"]));
    seeds
}

/// Each command of the control API.
pub(crate) fn control() -> Vec<Vec<u8>> {
    let commands = [
        ("GET", "clock", ""),
        ("PUT", "clock", r#"{"now":"2027-01-01T00:00:00Z","rate":1}"#),
        ("POST", "clock/advance", r#"{"seconds":60}"#),
        ("GET", "faults", ""),
        (
            "PUT",
            "faults",
            r#"[{"operation":"mail","status":503,"rate":0.5,"retry_after_s":3,"kind":"status","from":"2026-01-01T00:00:00Z"}]"#,
        ),
        ("PUT", "grants/{client}", r#"{"application":["User.Read.All"],"delegated":["User.Read"]}"#),
        (
            "PATCH",
            "users/{user}",
            r#"{"enabled":false,"licenses":[],"roles":[],"mfa":true,"password_expired":true,"provisioned":false}"#,
        ),
        ("POST", "device", r#"{"user_code":"A","user_id":"{user}","approve":true}"#),
        ("POST", "assertions", r#"{"subject":"a","audience":"api://AzureADTokenExchange"}"#),
        ("POST", "reset", ""),
        ("GET", "state", ""),
        ("GET", "requests", ""),
    ];
    commands.iter().map(|(method, path, body)| format!("{method} /_sandbox/{path}\n\n{body}").into_bytes()).collect()
}

/// HTTP as it is written, good and bad.
pub(crate) fn wire() -> Vec<Vec<u8>> {
    all(&[
        "GET /v1.0/users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {app-token}\r\n\r\n",
        "POST /v1.0/users/{user}/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {app-token}\r\nContent-Length: 15\r\n\r\n{\"subject\":\"a\"}",
        "POST /v1.0/$batch HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer {app-token}\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "CONNECT graph.microsoft.com:443 HTTP/1.1\r\nHost: graph.microsoft.com:443\r\n\r\n",
        "GET http://login.microsoftonline.com/common/discovery/instance HTTP/1.1\r\nHost: login.microsoftonline.com\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        "PUT /v1.0/users/{user}/drive/root:/..%2f..%2fetc/passwd:/content HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {app-token}\r\nContent-Length: 1\r\n\r\na",
    ])
}

/// What Graph, proxies and worse may answer.
pub(crate) fn answer() -> Vec<Vec<u8>> {
    all(&[
        "200 OK\nContent-Type: application/json\n\n{\"value\":[{\"id\":\"1\"}],\"@odata.nextLink\":\"https://graph.example/v1.0/users?$skiptoken=2\"}",
        "200 OK\n\n{\"value\":[],\"@odata.nextLink\":\"https://graph.example/v1.0/users\"}\n---\n200 OK\n\n{\"value\":[]}",
        "302 Found\nLocation: https://reports.example/a.csv\n\n\n---\n200 OK\nContent-Type: text/csv\n\nReport Refresh Date,User\n2026-01-01,a",
        "302 Found\nLocation: /v1.0/users\n\n",
        "429 Too Many Requests\nRetry-After: 30\n\n{\"error\":{\"code\":\"TooManyRequests\",\"message\":\"x\"}}",
        "503 Unavailable\nRetry-After: Tue, 24 Nov 2026 12:00:00 GMT\n\n<html>",
        "404 Not Found\nrequest-id: 11111111-2222-3333-8444-555555555555\n\n{\"error\":{\"code\":\"ErrorItemNotFound\",\"message\":\"a@b.c\",\"innerError\":{\"code\":\"x\",\"innererror\":{\"code\":\"y\"}}}}",
        "200 OK\n\n<html>Sign in to the hotel's network</html>",
        "204 No Content\n\n",
    ])
}

/// What Entra may answer.
pub(crate) fn token() -> Vec<Vec<u8>> {
    all(&[
        "200 OK\n\n{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"a\",\"refresh_token\":\"r\",\"id_token\":\"eyJhbGciOiJub25lIn0.eyJvaWQiOiIxIiwidGlkIjoiMiJ9.\"}",
        "200 OK\n\n{\"expires_in\":\"3599\",\"access_token\":\"a\",\"refresh_in\":1}",
        "400 Bad Request\n\n{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS700082: The refresh token has expired. Trace ID: 1 Correlation ID: 2 Timestamp: 3\",\"error_codes\":[700082],\"suberror\":\"bad_token\"}",
        "429 x\nRetry-After: 5\n\n{\"error\":\"temporarily_unavailable\"}",
        "200 OK\n\n{\"device_code\":\"d\",\"user_code\":\"u\",\"verification_uri\":\"https://login.example/d\",\"expires_in\":900,\"interval\":5,\"message\":\"m\"}",
        "502 x\n\n<html>",
    ])
}

/// A whole configuration and parts of one.
pub(crate) fn config() -> Vec<Vec<u8>> {
    all(&[
        "[[account]]\nname = \"a\"\ntenant = \"contoso.onmicrosoft.com\"\nsign_in = { method = \"client-secret\", client_id = \"00001111-aaaa-2222-bbbb-3333cccc4444\", client_secret = { file = \"s\" } }\nclasses = [\"mail\"]\nexclude = [\"mail.rules.list\"]\njourneys = true\nuser = \"a@b.c\"\nschedule = \"calm\"\n[schedule.calm]\ncover_every = \"24h\"\ncalls_per_hour_max = 60\nquiet = [\"Sat-Sun\", \"Mon-Fri 22:00-07:00\"]\ntime_zone = \"Asia/Shanghai\"\n",
        "[store]\nurl = \"sqlite:graphbeat.db\"\n[web]\nlisten = \"127.0.0.1:8365\"\n[proxy]\nmode = \"socks5://127.0.0.1:1080\"\n",
        "[cloud.local]\nlogin_url = \"https://127.0.0.1:8443\"\ngraph_url = \"https://127.0.0.1:8443\"\nca_file = \"ca.pem\"\nlimits = \"none\"\n",
    ])
}

/// A class of the user's own.
pub(crate) fn catalog() -> Vec<Vec<u8>> {
    let user = USER.replace("user", "user-id");
    vec![format!(
        "class = \"mine\"\nnames = {{ en = \"Mine\", zh-CN = \"我的\" }}\n[[operation]]\nid = \"mine.things.list\"\nmethod = \"GET\"\npath = \"/users/{user}/messages\"\naccess = \"read\"\nlicense = \"any\"\nbucket = \"outlook\"\ndocs = \"https://learn.microsoft.com/graph\"\nnames = {{ en = \"X\", zh-CN = \"某\" }}\npages = 2\n[operation.application]\npermissions = [[\"Mail.Read\"]]\n"
    ).into_bytes()]
}

/// Codes, tags and pasted texts.
pub(crate) fn explain() -> Vec<Vec<u8>> {
    all(&[
        "AADSTS7000215: Invalid client secret provided.",
        "REQUEST-HTTPER:404 Not Found",
        "429",
        "{\"error\":{\"code\":\"Authorization_RequestDenied\",\"message\":\"Insufficient privileges\",\"innerError\":{\"request-id\":\"1\"}}}",
        "{\"error\":\"invalid_grant\",\"error_codes\":[50076]}",
    ])
}
