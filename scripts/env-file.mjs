import { existsSync } from 'node:fs'

/** Reads `.env`, where there is one, for the server and the command line alike. What is set already wins. */
export function loadEnvFile() {
  if (existsSync('.env')) process.loadEnvFile('.env')
}
