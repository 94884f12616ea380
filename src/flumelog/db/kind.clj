(ns ^:no-doc flumelog.db.kind
  "The seam between `flumelog.db` and the kinds of views. The db reads the log, decodes, keeps the order of things and the
   files; a kind keeps answers. A `Kind` is the immutable description of a view, as `flumelog.view/index` returns it. The db
   makes a `State` of it, which changes.

   The turn is the db's lock: of all calls that change states, one runs at a time. A function that may be called outside of
   the turn says so."
  (:import (java.io Writer)))

(set! *warn-on-reflection* true)

(defprotocol Kind
  (traits [kind]
    "What the db has to know, a map: `:kind`, `:reduce`, `:index` or `:bitmap`; `:version`; `:paths`, a vector of field paths
     that `prepare` gets the values of; `:value?`, whether `prepare` wants the whole value; `:on-error`, `:halt` or `:skip`.")
  (prepare [kind offset value fields]
    "What `add!` needs of one record, or nil when the view ignores the record. Has no side effects, and is called by several
     threads outside of the turn. `value` is nil unless asked for. `fields` is an object array with the value of each path.
     Whatever it throws is the record's failure in this view.")
  (start [kind files]
    "A new, empty state. `files` is where it may keep files, see `flumelog.db.files`, or nil when nothing is persisted.")
  (restore [kind files head payload]
    "The state that `write!` has persisted. Throws anything when it can't be read: then the db makes a new one."))

(defprotocol State
  (add! [state offsets prepared n]
    "Adds the first n records of two arrays, a long array of ascending offsets and an object array of what `prepare` returned,
     which has nil for each record that is ignored. Offsets are above all that were added before. Throws `failed-at` when a
     record can't be added; whatever else it throws makes the view fail for good, until it is rebuilt.")
  (hide! [state offset hidden?]
    "Hides the record in all answers, also in those that were taken before; with false it shows the record again. Is called outside
     of the turn, before a record is deleted, and again with false when it was not deleted after all.")
  (forget! [state offset prepared]
    "Takes out a record that was added, since it is deleted; `prepared` is what `prepare` returned for it, or nil when that is not known.
     The next `write!` leaves nothing of it in storage. Returns false when the state can't do that: then it is built anew.")
  (answer [state since]
    "An immutable answer as of `since`, the offset up to where records were added, -1 for none. Costs next to nothing, and
     stays right while records are added. Readers use it outside of the turn.")
  (freeze! [state]
    "What is to be persisted of the state as it is now. It does not change when records are added later.")
  (write! [state frozen files]
    "Writes what was frozen, outside of the turn, one call at a time, and returns `{:head edn :payload bytes}`; either may be
     nil. The db writes both together with its own facts, atomically, and then calls `written!`. Files that the head names must
     be on disk when this returns.")
  (written! [state frozen]
    "Is called when what `write!` returned is durable: files that only earlier heads named may be deleted. Outside of the turn.")
  (move! [state moved]
    "Moves the state to a log that was compacted. `moved` is a function from a record's old offset to its new one, -1 when it is gone;
     it keeps the order. Is called on a state that was just restored. Returns false when the state must be built anew.")
  (close! [state]
    "Closes files. Deletes none."))

(defn failed-at
  "The exception that `add!` throws when it can't add the record at index `i` of its arrays. The records before it were
   added, and nothing of that record."
  [i cause]
  (ex-info "a record can't be added to a view" {::index i} cause))

(defn index-failed
  "The index of the record that `add!` could not add, or nil when the exception says nothing about that."
  [e]
  (::index (ex-data e)))

(defn shown
  "The text of a kind, with the traits that a person asks for: `#flumelog/View[:index {:version 1, :paths [[:author]]}]`."
  [kind]
  (let [{:keys [kind paths] :as traits} (traits kind)]
    (str "#flumelog/View[" kind " " (pr-str (cond-> (select-keys traits [:version]) (seq paths) (assoc :paths paths))) "]")))

(defn print-by-text!
  "Has the kinds of a class printed by their `toString`."
  [kind-class]
  (.addMethod ^clojure.lang.MultiFn print-method kind-class (fn [kind ^Writer w] (.write w (str kind)))))
