//! What the builtin knowledge says, at its public face.

use expect_test::expect;

use super::*;

fn knowledge() -> Knowledge {
    Knowledge::builtin().expect("the knowledge is well formed")
}

fn found(text: &str) -> String {
    let explanation = knowledge().explain(text, Language::English);
    let code = explanation.code.unwrap_or_else(|| "-".to_owned());
    format!("{code} known={} {:?} {:?}", explanation.known, explanation.confidence, explanation.evidence)
}

#[test]
fn the_knowledge_has_no_problem() {
    let problems = knowledge().problems();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn a_text_finds_the_most_exact_code_that_it_holds() {
    let texts = [
        "REQUEST-HTTPER:404 Not Found",
        "TOKEN-MSALER:AADSTS7000215",
        "REQUEST-HTTPER:Dns",
        "REQUEST-EXCEPTION:Malformed",
        "aadsts50076",
        "7000222",
        "429",
        "503 Service Unavailable",
        "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret provided.\"}",
        "the server said 403 after 250 ms, and then the whole round stopped",
        "AADSTS999999",
        "TOKEN-MSALER:something_new",
        "it does not work",
        "",
    ];
    let said: Vec<String> = texts.iter().map(|text| found(text)).collect();
    expect![[r#"
        404 known=true Medium ["REQUEST-HTTPER", "404"]
        AADSTS7000215 known=true High ["TOKEN-MSALER", "AADSTS7000215"]
        Dns known=true High ["REQUEST-HTTPER", "Dns"]
        Malformed known=true Medium ["REQUEST-EXCEPTION", "Malformed"]
        AADSTS50076 known=true High ["AADSTS50076"]
        AADSTS7000222 known=true High ["AADSTS7000222"]
        429 known=true High ["429"]
        503 known=true High ["503"]
        AADSTS7000215 known=true High ["AADSTS7000215"]
        403 known=true Low ["403"]
        AADSTS999999 known=false Low ["AADSTS999999"]
        something_new known=false Low ["TOKEN-MSALER", "something_new"]
        - known=false Low []
        - known=false Low []"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn every_status_that_graphbeat_names_as_a_failure_is_explained() {
    for status in (400..=509).filter(|status| !crate::reason_phrase(*status).is_empty()) {
        let explanation = knowledge().explain(&status.to_string(), Language::English);
        assert!(explanation.known && !explanation.steps.is_empty(), "{status}");
    }
}

#[test]
fn a_code_that_nobody_has_seen_is_unknown_and_says_what_to_send() {
    let text = r#"{"error":{"code":"BrandNewThing","message":"?","innerError":{"request-id":"4c2e-1","date":"2026-01-02T03:04:05"}},"status":403}"#;
    let explanation = knowledge().explain(text, Language::English);
    assert!(!explanation.known && explanation.confidence == Confidence::Low);
    assert_eq!(explanation.code.as_deref(), Some("BrandNewThing"));
    assert!(explanation.steps.iter().any(|step| step.contains("request-id 4c2e-1")), "{:?}", explanation.steps);
    assert!(explanation.cause.contains("status"), "{}", explanation.cause);
}

/// Answers and messages as real services and other programs write them.
const WILD: &[&str] = &[
    r#"{"error":{"code":"InvalidAuthenticationToken","message":"CompactToken parsing failed with error code: 80049217","innerError":{"date":"2026-05-01T10:00:00","request-id":"1","client-request-id":"2"}}}"#,
    r#"{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed, the token is expired.","innererror":{"date":"x"}}}"#,
    r#"{"error":{"code":"UnknownError","message":"","innerError":{"request-id":"aaaa"}}}"#,
    r#"{"error":{"code":"","message":"","innererror":{}}}"#,
    "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\"><html><head><title>502 - Web server received an invalid response</title></head></html>",
    "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>",
    "Too many requests",
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\nContent-Type: text/plain\r\n\r\nslow down please",
    r#"{"error":{"code":"TooManyRequests","innerError":{"code":"429","date":"x"},"message":"Please retry again later."}}"#,
    r#"{"error":{"code":"ApplicationThrottled","message":"Application is over its MailboxConcurrency limit."}}"#,
    "WWW-Authenticate: Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\"\r\nWWW-Authenticate: Bearer error=\"insufficient_claims\", claims=\"eyJh\"",
    "AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'. Trace ID: 0d2e Correlation ID: 77aa Timestamp: 2026-05-01 10:00:00Z",
    "msal.exceptions... {'error': 'invalid_client', 'error_description': \"AADSTS7000222: The provided client secret keys for app 'x' are expired.\", 'error_codes': [7000222]}",
    r#"{"error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier 'x' was not found in the directory 'Contoso'.","error_codes":[700016]}"#,
    r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation.","innerError":{"date":"x","request-id":"r"}}}"#,
    r#"{"error":{"code":"ErrorAccessDenied","message":"Access is denied. Check credentials and try again."}}"#,
    r#"{"error":{"code":"MailboxNotEnabledForRESTAPI","message":"The mailbox is either inactive, soft-deleted, or is hosted on-premise."}}"#,
    r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource 'manager' does not exist or one of its queried reference-property objects are not present."}}"#,
    r#"{"error":{"code":"ResourceNotFound","message":"User's mysite not found.","innerError":{}}}"#,
    r#"{"error":{"code":"10008","message":"...","@api.url":"https://learn.microsoft.com"}}"#,
    "403 10008",
    r#"{"error":{"code":"itemNotFound","message":"Item not found","innerError":{"code":"itemDeletedForever"}}}"#,
    r#"{"error":{"code":"Forbidden","message":"此用户没有有效的许可证。"}}"#,
    "错误：请求过多，请稍后再试",
    "REQUEST-HTTPER:403 Forbidden",
    "TOKEN-EXCEPTION:An error occurred while sending the request.",
    "Response status code does not indicate success: 401 (Unauthorized).",
    r#"{"responses":[{"id":"1","status":403,"headers":{},"body":{"error":{"code":"Authorization_RequestDenied","message":"x"}}}]}"#,
    r#"{"error":{"code":"generalException","message":"General exception while processing"}}"#,
    r#"{"error":{"code":"quotaLimitReached","message":"x","innererror":{"code":"quotaExceeded"}}}"#,
    r#"{"odata.error":{"code":"-2130575223, System.UnauthorizedAccessException","message":{"lang":"en-US","value":"Access denied."}}}"#,
    "System.Net.WebException: The remote name could not be resolved: 'graph.microsoft.com'",
    r#"{"error_description":"AADSTS90002: Tenant 'x' not found. Check to make sure you have the correct tenant ID.","ERROR":"invalid_request"}"#,
    "{\"error\":{\"code\":\"Directory_QuotaExceeded\"",
    "code: Authentication_RequestFromNonPremiumTenantOrB2CTenant message: Neither tenant is B2C or tenant doesn't have premium license",
    "AADSTS50034 AADSTS50053",
    "\u{feff}{\"error\":{\"code\":\"NeverSeenBefore\"}}",
    "\0\0\0",
    "{{{{{{{{{{{{{{{{",
    "ok",
];

#[test]
fn failures_as_they_come_in_the_wild_find_their_cause() {
    let knowledge = knowledge();
    let said: Vec<String> = WILD
        .iter()
        .map(|text| {
            let told = knowledge.explain(text, Language::English);
            let rule = told.rule.as_deref().unwrap_or("unknown");
            format!("{rule} {} {} {:?}", told.code.as_deref().unwrap_or("-"), told.who.word(), told.confidence)
        })
        .collect();
    expect![[r#"
        token-refused InvalidAuthenticationToken you High
        token-refused InvalidAuthenticationToken you High
        says-nothing UnknownError microsoft Low
        unknown - you Low
        network-gateway-page 502 wait Medium
        network-gateway-page 504 wait Medium
        throttled 429 wait High
        throttled 429 wait High
        throttled TooManyRequests wait High
        throttled MailboxConcurrency wait High
        claims-challenge insufficient_claims you High
        mfa-needed AADSTS50076 you High
        secret-expired AADSTS7000222 app-owner High
        app-not-found AADSTS700016 app-owner High
        permission-missing Authorization_RequestDenied tenant-admin Medium
        permission-missing ErrorAccessDenied tenant-admin Medium
        mailbox-missing MailboxNotEnabledForRESTAPI wait High
        not-found-object Request_ResourceNotFound you Medium
        drive-missing ResourceNotFound wait High
        too-many-notes 10008 you High
        too-many-notes 10008 you High
        not-found-object itemNotFound you Medium
        licence-missing Forbidden tenant-admin Medium
        throttled - wait High
        status-403 403 tenant-admin Medium
        network-connect - you High
        status-401 401 you Low
        permission-missing Authorization_RequestDenied tenant-admin Medium
        says-nothing generalException microsoft Low
        storage-full quotaExceeded you High
        permission-missing System.UnauthorizedAccessException tenant-admin Medium
        network-dns - you High
        tenant-not-found AADSTS90002 you High
        storage-full Directory_QuotaExceeded you High
        premium-needed Authentication_RequestFromNonPremiumTenantOrB2CTenant you High
        locked-out AADSTS50053 wait High
        unknown NeverSeenBefore microsoft Low
        unknown - you Low
        unknown - you Low
        unknown - you Low"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn the_documents_are_what_the_knowledge_says() {
    let knowledge = knowledge();
    expect_test::expect_file!["../../../../docs/TROUBLESHOOTING.md"].assert_eq(&knowledge.document(Language::English));
    expect_test::expect_file!["../../../../docs/TROUBLESHOOTING.zh-CN.md"]
        .assert_eq(&knowledge.document(Language::SimplifiedChinese));
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_strange_to_be_explained(text in ".{0,400}|[{}\\[\\]\":,a-zA-Z0-9 ]{0,400}") {
        let told = knowledge().explain(&text, Language::SimplifiedChinese);
        proptest::prop_assert!(!told.title.is_empty());
    }
}
