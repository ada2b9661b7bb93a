import type { NextConfig } from 'next'

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm run check` checks types. Here it would check the tests too, and keep a server from starting over one of them.
  typescript: { ignoreBuildErrors: true },
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  // Native addons and WebAssembly that must be loaded from node_modules, once per process.
  serverExternalPackages: [
    '@electric-sql/pglite',
    'oidc-provider',
    'koa',
    '@node-rs/argon2',
    'fs-native-extensions',
    'postgres',
    'pino',
  ],
  // The optimizer would fetch what a URL names; the portal has no remote pictures.
  images: { unoptimized: true },
  experimental: { serverActions: { bodySizeLimit: '64kb' } },
}

export default config
