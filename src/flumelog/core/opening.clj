;; A part of flumelog.core: opening a log and closing it.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn open
  "Opens the log in the file at `path` (a string, File or Path) and returns it. Close it with `close!` or `with-open`.

   | option              | default            |                                                                     |
   |---------------------|--------------------|---------------------------------------------------------------------|
   | `:codec`            | `:edn`             | `:nippy` `:json` `:utf8` `:bytes`, a Codec, or `{:encode value->bytes :decode bytes->value}`; with `:mixed-codecs true` beside it, appends to a log whose last records are of another codec are allowed; else they are refused |
   | `:offset-bits`      | as in the file     | 32, 48 or 53; a new file gets 53                                    |
   | `:framing`          | as in the file     | `:flume` or `:legacy`; a new file gets `:flume`                     |
   | `:mode`             | `:read-write`      | creates the file and its folder; `:read` takes no lock and writes nothing |
   | `:create`           | `true`             | `false`: a missing file is not created, and `open` throws `:failed`  |
   | `:sync`             | `{:every-ms 100}`  | when records are made durable; also `:each` or `:none`              |
   | `:block-bytes`      | 16384              | bytes of a block, which is read and cached as a whole: 1 to 67108864 |
   | `:cache-blocks`     | 1024               | the largest number of blocks in memory, 0 or more                   |
   | `:cache`            | one of its own     | a `block-cache` that several logs share, or a cache of another library: `{:get key->block :set (fn [key block])}` or a `flumelog.log.Cache` |
   | `:max-record-bytes` | 67108864           | longer data is refused                                              |
   | `:write-buffer-bytes` | none             | 4096 to 67108864: up to this many appended bytes are held back in a file beside the log, which stays whole when the process is killed; an append is several times faster, and programs without this library see the bytes in the log's file after a sync |
   | `:progress`         | none               | a function that is called about every MiB while `open` reads a file that has no checkpoint, with a map as for `verify`; it may throw to stop |
   | `:room-bytes`       | none               | 4096 to 67108864: while the log is open for writing, its file has this many bytes of zeros behind the log; appends write over them, which makes forces of small appends cheaper; closing cuts the zeros off |
   | `:protect`          | what the file has  | `:checked` for a new file in which each record has a checksum that is bound to its place, and a batch is whole or absent; `{:key k}` for one whose records are encrypted too: k is 32 bytes, a `javax.crypto.SecretKey`, a function of key number and log id that returns 32 bytes, or what `key-of-passphrase` gives; with `:key-number n` beside it, 0 to 255, new records get the key with that number. `:sealed` for one that is checked, and whose records are hashed into a tree: see `head`; `{:sign private-key}`, with `:key k` or without, for one whose seals are signed too; `{:trust public-key}` to read such a log; `{:id s}`, alone or with these, refuses any log but the one with that `id`; `:none` reads a protected file as its bytes are |
   | `:seal`             | `{:every-records 65536 :every-ms 60000}` | how often a sealed log is sealed while it is open for writing; it is sealed at close too. Refused where the log has no seals |
   | `:head`             | none               | a `head` that the log had earlier: `open` reads the log once, and refuses one that was cut back, replaced by an older copy, or changed, as `:corrupt` with `:why :rolled-back`, or `:head` for another log |
   | `:executor`         | threads of its own | a `java.util.concurrent.Executor`, which serves the subscribers of `OffsetLog.live`; of no use to `live` |

   An append that a crash left unfinished is cut off the end and kept in a file beside the log; `recovery` reports it.

   Throws `:locked` when the log is open for writing elsewhere, `:wrong-format` when the file is not a log or not in the
   format that the options name, `:corrupt` when the file is damaged before its end, `:full` when the disk is full,
   `:failed` when the file can't be opened, `:wrong-key` when the log is encrypted or signed and its key is missing or another one, `:bad-option`. The file is unchanged after an error.

     (with-open [log (open \"messages.log\")] (append! log {:n 1}))   ;=> 0"
  (^flumelog.coll.LogCollection [path] (open path nil))
  (^flumelog.coll.LogCollection [path options]
   (open-with options #(OffsetLog/open (->path path) %))))

(defn block-cache
  "A cache of blocks that holds at most `max-bytes` bytes. Give it as the option `:cache` to several logs, which then
   share this memory.

     (let [cache (block-cache 33554432)]
       (with-open [a (open \"a.log\" {:cache cache}), b (open \"b.log\" {:cache cache})]
         (append! a 1)))   ;=> 0"
  ^BlockCache [max-bytes]
  (BlockCache. (->bytes max-bytes)))

(defn key-of-passphrase
  "A `:key` for the option `:protect` that is made of a passphrase, a string or a char array of at least one character. A new log keeps in
   its file how the key was made, with a random salt; an existing log needs only the passphrase. Opening takes a tenth of a second or more.

   The option `:kdf` is the function that makes the key of a new log: `:pbkdf2` (the default: HMAC-SHA512, 210000 times), or `:scrypt` or
   `:argon2id`, which take 64 MiB of memory, so that it costs more to try many passphrases. These two need
   `org.bouncycastle/bcprov-jdk18on`. Throws `:bad-option`, also when that library is missing.

     (with-open [log (open \"secret.log\" {:protect {:key (key-of-passphrase \"correct horse battery\")}})] (append! log {:n 1}))   ;=> 115"
  ([passphrase] (key-of-passphrase passphrase nil))
  ([passphrase options]
   ((requiring-resolve 'flumelog.protection/passphrase) passphrase options)))

(defn close!
  "Closes the log: makes all appended records durable, ends each `live` and each wait, and releases the file. Returns
   nil; a second call does nothing. Throws `:failed` when not all records could be made durable; the log is closed in
   that case too. The method `.close` does the same, but without a type hint Clojure warns of reflection.

     (close! log)   ;=> nil"
  [log]
  (.close (->log log)))
