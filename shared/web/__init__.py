"""HTTP applications: routing, problems (RFC 9457), strict JSON and OpenAPI documents."""
