//! Usage reports: a redirect to a CSV file that is served without a token, as in the real service.

use http::StatusCode;
use http::header::HeaderName;
use serde_json::json;

use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// Report, its columns between `Report Refresh Date` and `Report Period`.
const REPORTS: &[(&str, &str)] = &[
    (
        "getOffice365ActiveUserDetail",
        "User Principal Name,Display Name,Is Deleted,Has Exchange License,Has OneDrive License,Exchange Last Activity Date,OneDrive Last Activity Date,Assigned Products",
    ),
    (
        "getOffice365ServicesUserCounts",
        "Exchange Active,Exchange Inactive,OneDrive Active,OneDrive Inactive,SharePoint Active,SharePoint Inactive,Teams Active,Teams Inactive",
    ),
    (
        "getEmailActivityUserDetail",
        "User Principal Name,Display Name,Is Deleted,Last Activity Date,Send Count,Receive Count,Read Count",
    ),
    (
        "getMailboxUsageDetail",
        "User Principal Name,Display Name,Is Deleted,Last Activity Date,Item Count,Storage Used (Byte),Issue Warning Quota (Byte)",
    ),
    (
        "getOneDriveUsageAccountDetail",
        "Owner Principal Name,Owner Display Name,Is Deleted,Last Activity Date,File Count,Active File Count,Storage Used (Byte)",
    ),
    (
        "getSharePointSiteUsageDetail",
        "Site Id,Site URL,Owner Display Name,Is Deleted,Last Activity Date,File Count,Page View Count",
    ),
    (
        "getTeamsUserActivityUserDetail",
        "User Principal Name,Last Activity Date,Is Deleted,Team Chat Message Count,Private Chat Message Count,Call Count,Meeting Count",
    ),
    (
        "getOffice365ActiveUserCounts",
        "Office 365,Exchange,OneDrive,SharePoint,Skype For Business,Yammer,Teams,Report Date",
    ),
    ("getEmailActivityCounts", "Send,Receive,Read,Meeting Created,Meeting Interacted,Report Date"),
    ("getEmailActivityUserCounts", "Send,Receive,Read,Meeting Created,Meeting Interacted,Report Date"),
    ("getMailboxUsageMailboxCounts", "Total,Active,Report Date"),
    ("getMailboxUsageStorage", "Storage Used (Byte),Report Date"),
    ("getOneDriveUsageStorage", "Site Type,Storage Used (Byte),Report Date"),
    ("getOneDriveActivityUserCounts", "Viewed Or Edited,Synced,Shared Internally,Shared Externally,Report Date"),
    ("getSharePointSiteUsageStorage", "Site Type,Storage Used (Byte),Report Date"),
    ("getTeamsUserActivityCounts", "Report Date,Team Chat Messages,Private Chat Messages,Calls,Meetings"),
    (
        "getTeamsUserActivityUserCounts",
        "Report Date,Team Chat Messages,Private Chat Messages,Calls,Meetings,Other Actions",
    ),
    ("getM365AppUserDetail", "User Principal Name,Last Activation Date,Last Activity Date,Windows,Mac,Mobile,Web"),
];
/// Rows that a report has at most.
const ROWS_MAX: usize = 1_000;

const fn report(name: &'static str, pattern: &'static str) -> Route {
    Route::get(name, pattern, redirect).of(Service::Reports).behind(Gate::AdministratorRole)
}

/// A report of counts, which has no row of its own in the table of permissions.
const fn count(name: &'static str, pattern: &'static str) -> Route {
    report(name, pattern).like("GET /reports/getOffice365ServicesUserCounts(period='{period}')")
}

/// The routes of reports.
pub(super) const ROUTES: &[Route] = &[
    report("reports.active-users.get", "/reports/getOffice365ActiveUserDetail(period={period})"),
    report("reports.service-users.get", "/reports/getOffice365ServicesUserCounts(period={period})"),
    report("reports.email-activity.get", "/reports/getEmailActivityUserDetail(period={period})"),
    report("reports.mailbox-usage.get", "/reports/getMailboxUsageDetail(period={period})"),
    report("reports.onedrive-usage.get", "/reports/getOneDriveUsageAccountDetail(period={period})"),
    report("reports.sharepoint-usage.get", "/reports/getSharePointSiteUsageDetail(period={period})"),
    report("reports.teams-activity.get", "/reports/getTeamsUserActivityUserDetail(period={period})"),
    report("reports.app-users.get", "/reports/getM365AppUserDetail(period={period})"),
    count("reports.active-user-counts.get", "/reports/getOffice365ActiveUserCounts(period={period})"),
    count("reports.email-counts.get", "/reports/getEmailActivityCounts(period={period})"),
    count("reports.email-user-counts.get", "/reports/getEmailActivityUserCounts(period={period})"),
    count("reports.mailbox-counts.get", "/reports/getMailboxUsageMailboxCounts(period={period})"),
    count("reports.mailbox-storage.get", "/reports/getMailboxUsageStorage(period={period})"),
    count("reports.onedrive-storage.get", "/reports/getOneDriveUsageStorage(period={period})"),
    count("reports.onedrive-user-counts.get", "/reports/getOneDriveActivityUserCounts(period={period})"),
    count("reports.sharepoint-storage.get", "/reports/getSharePointSiteUsageStorage(period={period})"),
    count("reports.teams-counts.get", "/reports/getTeamsUserActivityCounts(period={period})"),
    count("reports.teams-user-counts.get", "/reports/getTeamsUserActivityUserCounts(period={period})"),
    Route::get("reports.download.get", "/_download/reports/{report}/{period}/{signature}", download)
        .of(Service::Reports)
        .behind(Gate::AnyToken),
    Route::get("reports.settings.get", "/admin/reportSettings", settings)
        .of(Service::Reports)
        .behind(Gate::AdministratorRole),
    Route::get("reports.registrations.list", "/reports/authenticationMethods/userRegistrationDetails", registrations)
        .behind(Gate::AdministratorRole),
];

fn redirect(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let period = call.parameter("period");
    if !["D7", "D30", "D90", "D180"].contains(&period) {
        return Err(GraphError::new(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            format!("Invalid period value specified: {period}."),
        ));
    }
    let name = call.route.pattern.trim_start_matches("/reports/").split('(').next().unwrap_or_default();
    let path = format!("/_download/reports/{name}/{period}");
    Ok(GraphResponse::found(&format!("{}{path}/{}", call.request.base_url, tenant.signature(&path))))
}

fn download(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (name, period) = (call.parameter("report"), call.parameter("period"));
    let is_signed = tenant.signature(&format!("/_download/reports/{name}/{period}")) == call.parameter("signature");
    let report = REPORTS.iter().find(|(known, _)| *known == name).filter(|_| is_signed);
    let (_, columns) = report.ok_or_else(|| {
        GraphError::new(
            StatusCode::NOT_FOUND,
            "ResourceNotFound",
            "The report does not exist or its address has expired.",
        )
    })?;
    let today = crate::tenant::ids::stamp(call.request.now)[..10].to_owned();
    let mut text = format!("\u{feff}Report Refresh Date,{columns},Report Period\r\n");
    for row in rows(tenant, columns) {
        text.push_str(&today);
        for column in columns.split(',') {
            text.push(',');
            text.push_str(cell(row, column, &today));
        }
        text.push(',');
        text.push_str(period.trim_start_matches('D'));
        text.push_str("\r\n");
    }
    let file = format!("attachment; filename=\"{name}.csv\"");
    Ok(GraphResponse::bytes(StatusCode::OK, "application/octet-stream", text.into())
        .with(HeaderName::from_static("content-disposition"), &file))
}

/// One row for each user or site, or one alone for a report of counts.
fn rows<'t>(tenant: &'t Tenant, columns: &str) -> Vec<Option<&'t Entity>> {
    match columns {
        _ if columns.starts_with("Exchange Active") || columns.contains("Report Date") => vec![None],
        _ if columns.starts_with("Site Id") => tenant.store.list("sites").map(Some).collect(),
        _ => tenant.store.list("users").take(ROWS_MAX).map(Some).collect(),
    }
}

fn cell<'t>(entity: Option<&'t Entity>, column: &str, today: &'t str) -> &'t str {
    let text = |name: &str| entity.map_or("", |entity| entity.text(name));
    let licenses = || entity.and_then(|user| user.get("assignedLicenses").as_array()).map_or(0, Vec::len);
    match column {
        "User Principal Name" | "Owner Principal Name" => text("userPrincipalName"),
        "Display Name" | "Owner Display Name" => text("displayName"),
        "Site Id" => text("id").split(',').nth(1).unwrap_or_default(),
        "Site URL" => text("webUrl"),
        "Has Exchange License" | "Has OneDrive License" if licenses() > 0 => "True",
        "Is Deleted" | "Has Exchange License" | "Has OneDrive License" => "False",
        "Windows" | "Mac" | "Mobile" | "Web" => "No",
        "Assigned Products" => "MICROSOFT 365 E5 DEVELOPER",
        _ if column.ends_with("Date") => today,
        _ => "0",
    }
}

fn settings(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let settings = call.find(tenant, "admin", "reportSettings")?;
    call.entity(settings, "admin/reportSettings")
}

fn registrations(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let row = |user: &Entity| {
        let is_admin = tenant.has_directory_role(user.id());
        let shown = json!({
            "id": user.id(), "userPrincipalName": user.get("userPrincipalName"), "userDisplayName": user.get("displayName"),
            "userType": "member", "isAdmin": is_admin, "isSsprRegistered": false, "isSsprEnabled": false, "isSsprCapable": false,
            "isMfaRegistered": is_admin, "isMfaCapable": is_admin, "isPasswordlessCapable": false,
            "methodsRegistered": if is_admin { json!(["microsoftAuthenticatorPush"]) } else { json!([]) },
            "isSystemPreferredAuthenticationMethodEnabled": true, "systemPreferredAuthenticationMethods": [],
            "userPreferredMethodForSecondaryAuthentication": if is_admin { "push" } else { "none" },
            "lastUpdatedDateTime": user.get("createdDateTime"),
        });
        Entity::loose("userRegistrationDetails", user.order, shown)
    };
    call.list(
        tenant.store.list("users").map(row),
        &List::new("userRegistrationDetails", "reports/authenticationMethods/userRegistrationDetails"),
    )
}
