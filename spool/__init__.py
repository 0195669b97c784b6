"""The shared folder that is the queue: jobs, chunks, claims, hosts. Knows nobody."""
