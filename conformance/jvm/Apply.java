import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.Properties;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.resource.DirectoryResourceAccessor;
import org.flywaydb.core.Flyway;

/** Apply TOOL ROOT DIR URL USER PASSWORD applies the migrations of a project. */
public class Apply {
  public static void main(String[] args) throws Exception {
    String tool = args[0], url = args[3], user = args[4], password = args[5];
    Path root = Path.of(args[1]), dir = root.resolve(args[2]);
    switch (tool) {
      case "flyway" -> {
        Properties set = new Properties();
        Path conf = root.resolve("flyway.conf");
        if (Files.exists(conf)) {
          try (var in = Files.newBufferedReader(conf)) {
            set.load(in);
          }
        }
        Flyway.configure()
            .dataSource(url, user, password)
            .configuration(set)
            .locations("filesystem:" + dir)
            .load()
            .migrate();
      }
      case "liquibase" -> {
        var database =
            DatabaseFactory.getInstance()
                .findCorrectDatabaseImplementation(
                    new JdbcConnection(DriverManager.getConnection(url, user, password)));
        String master = "master.xml";
        for (String name : new String[] {"master.xml", "changelog.yaml", "changelog.json"}) {
          if (new File(dir.toFile(), name).exists()) master = name;
        }
        try (var files = new DirectoryResourceAccessor(dir)) {
          new Liquibase(master, files, database).update(new Contexts(), new LabelExpression());
        } finally {
          database.close();
        }
      }
      default -> throw new IllegalArgumentException(tool);
    }
  }
}
