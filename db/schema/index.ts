export * from './people'
export * from './projects'
export * from './keys'
export * from './audit'
