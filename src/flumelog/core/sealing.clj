;; A part of flumelog.core: heads of sealed logs, and proofs.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn head
  "What a sealed log is now, as data to keep elsewhere: `{:id s :size n :end n :root s :time inst}`, and with `{:sign key}` also
   `:signature`. `:size` is the number of frames, those of deleted records and of the log's own too; `:end` is the position behind
   them; `:root` is the root of the tree of hashes over them. The options `:head` of `open` and `verify` take it: they refuse a log that was
   cut back, replaced by an older copy, or changed.

   A log that is open for writing is first made durable. One that is open with `:mode :read` can't sign: if it is signed, its head is its
   last seal, and nil while it has none. Throws `:unsupported` when the log is not sealed, `:closed`, `:corrupt` when it was changed.

     (with-open [log (open \"sealed.log\" {:protect :sealed})]
       (append! log {:n 1})
       (select-keys (head log) [:size :end]))   ;=> {:size 2, :end 158}"
  [log]
  (sealed/head (back-end log)))

(defn seal!
  "Writes a seal behind the last record of a sealed log, unless nothing was appended since the last seal, and makes the log durable. Returns
   the `head` that the seal says. A log is sealed by itself when it is closed, and as the option `:seal` of `open` says.

   Throws `:unsupported` when the log is not sealed, and as `append!`.

     (with-open [log (open \"sealed.log\" {:protect :sealed})]
       (append! log {:n 1})
       (= (seal! log) (head log)))   ;=> true"
  [log]
  (sealed/seal! (back-end log)))

(defn prove
  "A proof about a sealed log, as data that `proves?` checks without the log.

   * Of an offset or a position: `{:offset :index :leaf :path :head}`, that the record is in the log with that head. `:index` is the number
     of its frame, `:path` has about log2(n) hashes. `:kind` and `:blind` show the value; in an encrypted log the encrypted `:data` does,
     with the key. A deleted record has neither: only its hash is proved
   * Of an older `head`: `{:from :to :path}`, that the log goes on from it

   Throws `:not-a-record`; `:wrong-log` when the log does not go on from the head; `:unsupported` when the log is not sealed; `:unavailable`
   to a reader of a signed log when no seal covers the record yet; `:corrupt`.

     (with-open [log (open \"sealed.log\" {:protect :sealed})]
       (let [offset (append! log {:n 1})]
         (proves? (prove log offset) {:n 1})))   ;=> true"
  [log offset-or-head]
  (if (sealed/head? offset-or-head)
    (sealed/prove-older (back-end log) offset-or-head)
    (sealed/prove-record (back-end log) (offset-in log offset-or-head))))

(defn proves?
  "Whether a proof holds, without the log. A proof that is not well formed, or was changed, does not hold.

   * A proof of a record holds for its `value`; with nil as the value, it holds if its `:leaf`, the hash of the record, is in the log of its
     `:head`: then nothing is proved of `:offset`, `:kind` and `:blind`
   * A proof of an older head holds with nil as the value

   The checker must know the head: compare `:head`, or `:to`, with one that was kept; or give the option `:trust`, the public key (32 bytes
   or a `java.security.PublicKey`) that must have signed it. `:codec` is that of the log, `:edn` by default; `:key` is as in `:protect`, for
   the value of a record of an encrypted log.

     (with-open [log (open \"sealed.log\" {:protect :sealed})]
       (let [old (head log), _ (append! log {:n 1})]
         (proves? (prove log old) nil)))   ;=> true"
  ([proof value] (proves? proof value nil))
  ([proof value options]
   ((requiring-resolve 'flumelog.proof/proves?) proof value (->options options))))
