"""What the operator looks at: logs, health, readiness."""
