//! Graph as a client sees it, in process: request in, answer out.

mod classes;
mod files;
mod hostile;
mod notes;
mod outlook;
mod permissions;
mod support;
mod walking;
mod work;
