//! Registrations against a scripted Graph.
