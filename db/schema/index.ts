export * from './audit'
export * from './keys'
export * from './people'
export * from './projects'
