package flumelog.recovery;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The report of what opening found and did, as facts by name. */
final class OpeningReport {
  private OpeningReport() {}

  static Map<String, Object> of(Opening opening) {
    Recovery found = opening.found;
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("tail", found.tail().name().toLowerCase(Locale.ROOT));
    report.put("frames", found.frames());
    report.put("end", found.end());
    report.put("size", found.size());
    report.put("cut-bytes", opening.cutBytes);
    if (found.rest().room() > 0) report.put("room-bytes", found.rest().room());
    report.put("scanned-from", found.scannedFrom());
    if (found.durableEnd() >= 0) report.put("watermark", found.durableEnd());
    if (opening.kept != null) report.put("kept", opening.kept);
    if (opening.left != null && opening.left.bytes() > 0) report.put("buffered-bytes", opening.left.bytes());
    if (opening.left != null && opening.left.kept() != null) report.put("kept-buffer", opening.left.kept());
    if (opening.redone.finished() > 0) report.put("deletions-finished", opening.redone.finished());
    if (opening.redone.left() > 0) report.put("deletions-left", opening.redone.left());
    if (!opening.givenUp.isEmpty()) report.put("given-up", opening.givenUp.stream().map(OpeningReport::facts).toList());
    if (found.rest().damage() != null) report.put("damage", found.rest().damage());
    if (found.rest().nextGood() >= 0) report.put("next-good", found.rest().nextGood());
    return report;
  }

  private static Map<String, Object> facts(GivenUp one) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("file", one.file());
    facts.put("why", one.why());
    return facts;
  }
}
