;; A part of flumelog.core: opening a log and closing it.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn open
  "Opens the log in the file at `path` (a string, File or Path) and returns it. Close it with `close!` or `with-open`.

   | option              | default            |                                                                     |
   |---------------------|--------------------|---------------------------------------------------------------------|
   | `:codec`            | `:edn`             | `:nippy` `:json` `:utf8` `:bytes`, a Codec, or `{:encode value->bytes :decode bytes->value}`; `:mixed-codecs true` beside it appends to a log whose last records are of another codec, which is refused otherwise |
   | `:offset-bits`      | what the file has  | 32, 48 or 53; a new file gets 53                                    |
   | `:framing`          | what the file has  | `:flume` or `:legacy`; a new file gets `:flume`                     |
   | `:mode`             | `:read-write`      | creates the file and its folder; `:read` takes no lock and writes nothing |
   | `:create`           | `true`             | `false`: where the file is missing it is not made, and `:failed` is thrown |
   | `:sync`             | `{:every-ms 100}`  | `:each`, `:none`: when records are made durable                     |
   | `:block-bytes`      | 16384              | bytes read at once and cached, 1 to 67108864                        |
   | `:cache-blocks`     | 1024               | most blocks in memory, 0 or more                                    |
   | `:cache`            | one of its own     | a `block-cache` that several logs share, or a cache of another library: `{:get key->block :set (fn [key block])}` or a `flumelog.block.Cache` |
   | `:max-record-bytes` | 67108864           | longer data is refused                                              |
   | `:write-buffer-bytes` | none             | 4096 to 67108864: so much of what is appended is held back in a file beside the log, which a killed process leaves whole; an append is several times faster, and other programs than this library see it in the log's file when it is synced |
   | `:progress`         | none               | a function of `{:position p :size n}`, called every MiB or so while opening reads a file that has no checkpoint; it may throw to stop |
   | `:room-bytes`       | none               | 4096 to 67108864: while it is open for writing the file gets so much room behind the log, zeros that small forced appends write over, which makes forces cheaper; closing cuts it off |

   What a crash left unfinished at the end is cut off and kept beside the log; `recovery` tells. Throws `:locked` when
   the log is open for writing elsewhere, `:wrong-format` when the file is no log or not what the options name,
   `:corrupt` when it is damaged before its end, `:full` when the disk is, `:failed` when it can't be opened,
   `:bad-option`. The file is unchanged then.

     (with-open [log (open \"messages.log\")] (append! log {:n 1}))   ;=> 0"
  (^flumelog.coll.LogCollection [path] (open path nil))
  (^flumelog.coll.LogCollection [path options]
   (open-with options #(OffsetLog/open (->path path) %))))

(defn block-cache
  "A cache of blocks that holds at most `max-bytes` bytes: give it as `:cache` to several logs that are to share one
   budget of memory.

     (let [cache (block-cache 33554432)]
       (with-open [a (open \"a.log\" {:cache cache}), b (open \"b.log\" {:cache cache})]
         (append! a 1)))   ;=> 0"
  ^BlockCache [max-bytes]
  (BlockCache. (->bytes max-bytes)))

(defn close!
  "Makes all that was appended durable, ends what is live, and lets go of the file; returns nil, also the second time. The
   same as `.close`, for a log in a var, where `.close` warns of reflection. Throws `:failed` when not all could be made
   durable; the log is closed all the same.

     (close! log)   ;=> nil"
  [log]
  (.close (->log log)))
