"""What lies on the share beside the film: .blend files, later sidecars, projects and people. Knows nobody."""
