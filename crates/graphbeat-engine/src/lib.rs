//! graphbeat-engine
