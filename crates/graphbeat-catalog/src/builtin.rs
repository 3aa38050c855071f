//! The catalogue's own files, compiled in. Their names tell them from a user's files.

/// The name and text of each class file, in the order in which the classes are shown.
pub(crate) const CLASS_FILES: &[(&str, &str)] = &[
    ("built-in users.toml", include_str!("../catalog/users.toml")),
    ("built-in accounts.toml", include_str!("../catalog/accounts.toml")),
    ("built-in groups.toml", include_str!("../catalog/groups.toml")),
    ("built-in directory.toml", include_str!("../catalog/directory.toml")),
    ("built-in identity.toml", include_str!("../catalog/identity.toml")),
    ("built-in audit.toml", include_str!("../catalog/audit.toml")),
    ("built-in security.toml", include_str!("../catalog/security.toml")),
    ("built-in mail.toml", include_str!("../catalog/mail.toml")),
    ("built-in calendar.toml", include_str!("../catalog/calendar.toml")),
    ("built-in contacts.toml", include_str!("../catalog/contacts.toml")),
    ("built-in people.toml", include_str!("../catalog/people.toml")),
    ("built-in todo.toml", include_str!("../catalog/todo.toml")),
    ("built-in planner.toml", include_str!("../catalog/planner.toml")),
    ("built-in files.toml", include_str!("../catalog/files.toml")),
    ("built-in excel.toml", include_str!("../catalog/excel.toml")),
    ("built-in onenote.toml", include_str!("../catalog/onenote.toml")),
    ("built-in sharepoint.toml", include_str!("../catalog/sharepoint.toml")),
    ("built-in search.toml", include_str!("../catalog/search.toml")),
    ("built-in insights.toml", include_str!("../catalog/insights.toml")),
    ("built-in teams.toml", include_str!("../catalog/teams.toml")),
    ("built-in chats.toml", include_str!("../catalog/chats.toml")),
    ("built-in meetings.toml", include_str!("../catalog/meetings.toml")),
    ("built-in presence.toml", include_str!("../catalog/presence.toml")),
    ("built-in intune.toml", include_str!("../catalog/intune.toml")),
    ("built-in bookings.toml", include_str!("../catalog/bookings.toml")),
    ("built-in reports.toml", include_str!("../catalog/reports.toml")),
    ("built-in service-health.toml", include_str!("../catalog/service-health.toml")),
    ("built-in subscriptions.toml", include_str!("../catalog/subscriptions.toml")),
];

/// The name and text of the file of throttling buckets.
pub(crate) const BUCKETS_FILE: (&str, &str) = ("built-in buckets.toml", include_str!("../catalog/buckets.toml"));
