//! All routes, class by class.

use super::route::Route;
use super::{
    applications, directory, groups, list_items, people, plain, presence, reports, service_principals, sites,
    subscriptions, user_changes, users,
};

/// Every class's rows; a new class adds its `ROUTES` here.
const CLASSES: &[&[Route]] = &[
    users::ROUTES,
    user_changes::ROUTES,
    groups::ROUTES,
    directory::ROUTES,
    plain::ROUTES,
    people::ROUTES,
    presence::ROUTES,
    reports::ROUTES,
    sites::ROUTES,
    list_items::ROUTES,
    applications::ROUTES,
    service_principals::ROUTES,
    subscriptions::ROUTES,
];

/// Every route of the sandbox's Graph.
pub(super) fn routes() -> impl Iterator<Item = &'static Route> {
    CLASSES.iter().copied().flatten()
}
