//! graphbeat-graph
