// apply.mjs TOOL DIR URL applies the migrations of a directory with a tool's own library.
import { createRequire } from 'node:module'

const [tool, dir, url] = process.argv.slice(2)
const require = createRequire(process.cwd() + '/package.json')

const apply = {
  async drizzle() {
    const { drizzle } = require('drizzle-orm/node-postgres')
    const { migrate } = require('drizzle-orm/node-postgres/migrator')
    const db = drizzle(url)
    await migrate(db, { migrationsFolder: dir })
    await db.$client.end()
  },
  async 'graphile-migrate'() {
    const { migrate } = require('graphile-migrate')
    await migrate({ connectionString: url, migrationsFolder: dir, placeholders: {} })
  },
  async 'postgres-migrations'() {
    const { Client } = require('pg')
    const { migrate } = require('postgres-migrations')
    const client = new Client(url)
    await client.connect()
    try {
      await migrate({ client }, dir)
    } finally {
      await client.end()
    }
  },
}
await apply[tool]()
