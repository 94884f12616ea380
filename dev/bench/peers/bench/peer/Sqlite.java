package bench.peer;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;

/** SQLite with a write-ahead log. The keys are numbers from 1 on, with 1,000 in a transaction. */
public final class Sqlite implements Peer {
  private static final int BATCH = 1000;

  @Override
  public Store open(Path folder, Use use) throws SQLException {
    String url = "jdbc:sqlite:" + folder.resolve("bench.db");
    Connection connection = connect(url, use == Use.FORCED ? "FULL" : "OFF");
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, data BLOB)");
    }
    return new Table(url, connection, connection.prepareStatement("INSERT INTO log (data) VALUES (?)"));
  }

  @Override
  public Path tail(Path folder) {
    return folder.resolve("bench.db-wal");
  }

  private static Connection connect(String url, String synchronous) throws SQLException {
    Connection connection = DriverManager.getConnection(url);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = " + synchronous);
    }
    return connection;
  }

  private record Table(String url, Connection connection, PreparedStatement insert) implements Store {
    @Override
    public void appendBulk(byte[][] records) throws SQLException {
      connection.setAutoCommit(false);
      for (int i = 0; i < records.length; i++) {
        appendForced(records[i]);
        if ((i + 1) % BATCH == 0) connection.commit();
      }
      connection.commit();
      connection.setAutoCommit(true);
    }

    @Override
    public synchronized void appendForced(byte[] record) throws SQLException {
      insert.setBytes(1, record);
      insert.executeUpdate();
    }

    @Override
    public int scan(int limit) throws SQLException {
      return sum("SELECT data FROM log ORDER BY id LIMIT " + limit);
    }

    @Override
    public int reverse(int limit) throws SQLException {
      return sum("SELECT data FROM log ORDER BY id DESC LIMIT " + limit);
    }

    private int sum(String query) throws SQLException {
      int sum = 0;
      try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(query)) {
        while (rows.next()) sum += Sum.of(rows.getBytes(1));
      }
      return sum;
    }

    @Override
    public long[] keys() throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT MAX(id) FROM log")) {
        row.next();
        long[] keys = new long[row.getInt(1)];
        Arrays.setAll(keys, i -> i + 1);
        return keys;
      }
    }

    /** Has its own connection, since threads that share one take turns. */
    @Override
    public Getter getter() throws SQLException {
      Connection own = connect(url, "OFF");
      PreparedStatement select = own.prepareStatement("SELECT data FROM log WHERE id = ?");
      return new Getter() {
        @Override
        public int get(long id) throws SQLException {
          select.setLong(1, id);
          try (ResultSet row = select.executeQuery()) {
            row.next();
            return Sum.of(row.getBytes(1));
          }
        }

        @Override
        public void close() throws SQLException {
          own.close();
        }
      };
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }
}
