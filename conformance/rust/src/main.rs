// apply TOOL DIR URL applies the migrations of a directory with a tool's own library,
// as its command line does.
use std::{env, error::Error, path::Path};

use diesel::{Connection, PgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().collect();
    let (tool, dir, url) = (&args[1], &args[2], &args[3]);
    match tool.as_str() {
        "sqlx" => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(sqlx_up(dir, url)),
        "diesel" => {
            let mut conn = PgConnection::establish(url)?;
            let migrations = FileBasedMigrations::from_path(dir)?;
            conn.run_pending_migrations(migrations)
                .map(|_| ())
                .map_err(|e| e.to_string().into())
        }
        "refinery" => {
            let mut conn = postgres::Client::connect(url, postgres::NoTls)?;
            let migrations = refinery_core::load_sql_migrations(dir)?;
            refinery_core::Runner::new(&migrations).run(&mut conn)?;
            Ok(())
        }
        _ => Err(format!("unknown tool {tool}").into()),
    }
}

async fn sqlx_up(dir: &str, url: &str) -> Result<(), Box<dyn Error>> {
    use sqlx::Connection;
    let mut conn = sqlx::PgConnection::connect(url).await?;
    let migrator = sqlx::migrate::Migrator::new(Path::new(dir)).await?;
    migrator.run_direct(&mut conn).await?;
    Ok(())
}
