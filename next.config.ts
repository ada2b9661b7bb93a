import type { NextConfig } from 'next'

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  // Native addons and WebAssembly that must be loaded from node_modules, once per process.
  serverExternalPackages: ['@electric-sql/pglite', '@node-rs/argon2', 'fs-native-extensions', 'postgres', 'pino'],
  // The optimizer would fetch what a URL names; the portal has no remote pictures.
  images: { unoptimized: true },
  experimental: { serverActions: { bodySizeLimit: '64kb' } },
}

export default config
