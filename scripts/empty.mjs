// Stands in for `server-only` outside Next.
