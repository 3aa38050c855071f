//! Routes: what the sandbox's Graph serves, one row for each method and path.

use std::collections::HashMap;
use std::sync::LazyLock;

use http::Method;

use super::call::Call;
use super::error::{GraphError, Service};
use super::path::{Piece, Segment, parameters, pieces};
use super::permission::{Accepted, accepted};
use super::response::GraphResponse;
use crate::tenant::Tenant;

/// What a handler gives back.
pub(crate) type Answer = Result<GraphResponse, GraphError>;

/// The code behind a route.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Handler {
    /// Runs beside others, under the tenant's read lock.
    Read(fn(&Tenant, &Call<'_>) -> Answer),
    /// Runs alone, under the write lock.
    Write(fn(&mut Tenant, &Call<'_>) -> Answer),
}

/// Who may call a route at all, whatever the permissions say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Whoever has the permission.
    Open,
    /// A signed-in user needs a directory role on top.
    AdministratorRole,
    /// Any caller with a valid token: no permission is asked for.
    AnyToken,
}

/// One row of the route table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// `class.resource.action`.
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    /// `/users/{user}/messages/{message}`; `/me` is the same as `/users/{user}`.
    pub(crate) pattern: &'static str,
    /// The row of the permission table, where it is another one than the route's own.
    accepts: Option<&'static str>,
    pub(crate) service: Service,
    pub(crate) gate: Gate,
    pub(crate) handler: Handler,
}

impl Route {
    /// A reading `GET`.
    pub(crate) const fn get(
        name: &'static str,
        pattern: &'static str,
        handler: fn(&Tenant, &Call<'_>) -> Answer,
    ) -> Self {
        Self::new(name, "GET", pattern, Handler::Read(handler))
    }

    /// A `POST` that reads.
    pub(crate) const fn ask(
        name: &'static str,
        pattern: &'static str,
        handler: fn(&Tenant, &Call<'_>) -> Answer,
    ) -> Self {
        Self::new(name, "POST", pattern, Handler::Read(handler))
    }

    /// A `POST` that changes the tenant.
    pub(crate) const fn post(
        name: &'static str,
        pattern: &'static str,
        handler: fn(&mut Tenant, &Call<'_>) -> Answer,
    ) -> Self {
        Self::new(name, "POST", pattern, Handler::Write(handler))
    }

    /// A `PATCH`.
    pub(crate) const fn patch(
        name: &'static str,
        pattern: &'static str,
        handler: fn(&mut Tenant, &Call<'_>) -> Answer,
    ) -> Self {
        Self::new(name, "PATCH", pattern, Handler::Write(handler))
    }

    /// A `PUT`.
    pub(crate) const fn put(
        name: &'static str,
        pattern: &'static str,
        handler: fn(&mut Tenant, &Call<'_>) -> Answer,
    ) -> Self {
        Self::new(name, "PUT", pattern, Handler::Write(handler))
    }

    /// A `DELETE`.
    pub(crate) const fn delete(
        name: &'static str,
        pattern: &'static str,
        handler: fn(&mut Tenant, &Call<'_>) -> Answer,
    ) -> Self {
        Self::new(name, "DELETE", pattern, Handler::Write(handler))
    }

    const fn new(name: &'static str, method: &'static str, pattern: &'static str, handler: Handler) -> Self {
        Self { name, method, pattern, accepts: None, service: Service::Directory, gate: Gate::Open, handler }
    }

    /// Behind another service than the directory.
    pub(crate) const fn of(mut self, service: Service) -> Self {
        self.service = service;
        self
    }

    /// With another gate than [`Gate::Open`].
    pub(crate) const fn behind(mut self, gate: Gate) -> Self {
        self.gate = gate;
        self
    }

    /// Accepts what another row of `data/accepted_permissions.csv` accepts: `GET /me/messages`.
    pub(crate) const fn like(mut self, row: &'static str) -> Self {
        self.accepts = Some(row);
        self
    }

    /// What the permission table says for the route; `None` where it has no row for it.
    pub(crate) fn accepted(&self) -> Option<&'static Accepted> {
        match self.accepts.and_then(|row| row.split_once(' ')) {
            Some((method, path)) => accepted(method, path),
            None => accepted(self.method, self.pattern),
        }
    }
}

/// A route with its pattern and permissions made ready.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) route: &'static Route,
    pieces: Vec<Piece>,
    pub(crate) accepted: Option<&'static Accepted>,
}

/// All routes by the number of their segments, those with more literals first.
#[derive(Debug)]
pub(crate) struct RouteTable {
    by_length: HashMap<usize, Vec<Prepared>>,
}

/// What a method and a path lead to.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    Route(&'a Prepared, Vec<(String, String)>),
    OtherMethod,
    Nothing,
}

impl RouteTable {
    fn new(routes: impl Iterator<Item = &'static Route>) -> Self {
        let mut by_length: HashMap<usize, Vec<Prepared>> = HashMap::new();
        for route in routes {
            let pieces = pieces(route.pattern);
            let prepared = Prepared { route, accepted: route.accepted(), pieces };
            by_length.entry(prepared.pieces.len()).or_default().push(prepared);
        }
        for routes in by_length.values_mut() {
            routes.sort_by_key(|prepared| openness(&prepared.pieces));
        }
        Self { by_length }
    }

    /// The table of the whole sandbox.
    pub(crate) fn shared() -> &'static Self {
        static TABLE: LazyLock<RouteTable> = LazyLock::new(|| RouteTable::new(super::table::routes()));
        &TABLE
    }

    /// The route of a method and of segments in which `/me` is replaced already.
    pub(crate) fn find(&self, method: &Method, segments: &[Segment]) -> Found<'_> {
        let mut found = Found::Nothing;
        for prepared in self.by_length.get(&segments.len()).into_iter().flatten() {
            let is_method = prepared.route.method == method.as_str();
            if !is_method && matches!(found, Found::OtherMethod) {
                continue;
            }
            if let Some(values) = parameters(&prepared.pieces, segments) {
                if is_method {
                    return Found::Route(prepared, values);
                }
                found = Found::OtherMethod;
            }
        }
        found
    }
}

/// Sorts literals before parameters, from the left.
fn openness(pieces: &[Piece]) -> Vec<u8> {
    pieces.iter().map(|piece| u8::from(matches!(piece, Piece::Parameter(_) | Piece::Path(_)))).collect()
}
