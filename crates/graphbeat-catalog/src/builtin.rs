//! The catalogue's own files, compiled in.

/// The name and text of each class file, in the order in which the classes are shown.
pub(crate) const CLASS_FILES: &[(&str, &str)] = &[
    ("users.toml", include_str!("../catalog/users.toml")),
    ("groups.toml", include_str!("../catalog/groups.toml")),
    ("directory.toml", include_str!("../catalog/directory.toml")),
    ("mail.toml", include_str!("../catalog/mail.toml")),
    ("calendar.toml", include_str!("../catalog/calendar.toml")),
    ("contacts.toml", include_str!("../catalog/contacts.toml")),
    ("people.toml", include_str!("../catalog/people.toml")),
    ("todo.toml", include_str!("../catalog/todo.toml")),
    ("files.toml", include_str!("../catalog/files.toml")),
    ("onenote.toml", include_str!("../catalog/onenote.toml")),
    ("sharepoint.toml", include_str!("../catalog/sharepoint.toml")),
    ("insights.toml", include_str!("../catalog/insights.toml")),
    ("presence.toml", include_str!("../catalog/presence.toml")),
    ("bookings.toml", include_str!("../catalog/bookings.toml")),
    ("reports.toml", include_str!("../catalog/reports.toml")),
    ("service-health.toml", include_str!("../catalog/service-health.toml")),
    ("subscriptions.toml", include_str!("../catalog/subscriptions.toml")),
];

/// The name and text of the file of throttling buckets.
pub(crate) const BUCKETS_FILE: (&str, &str) = ("buckets.toml", include_str!("../catalog/buckets.toml"));
