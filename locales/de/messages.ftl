# Karten, Ergebnisse, Listen.

# Die Karte eines Auftrags
card-title =
    { $kind ->
        [video] { $count ->
            [one] Video
           *[other] { $count } Videos
        }
       *[image] { $count ->
            [one] Bild
           *[other] { $count } Bilder
        }
    } für { $user }
card-cancel = Abbrechen
card-cancelling = Wird abgebrochen …
card-untold = 📭 Ich konnte das nicht posten und auch keine Direktnachricht schicken. `/verlauf` bringt es mit der ID `{ $order }`. Ich versuche es einen Tag lang weiter.
card-footer = Auftrag { $order }

# Eine Zeile für jedes Ergebnis
state-intended = ⏳ wird gleich abgeschickt
state-sending = 📤 wird an Oxen geschickt
state-unknown = 🔎 keine Antwort von Oxen; ich sehe nach, ob es angekommen ist
state-queued = ⏳ in der Warteschlange von Oxen
state-processing = 🎬 in Arbeit, begonnen { $since }
state-succeeded = ✅ fertig
state-failed = ❌ fehlgeschlagen
state-cancelled = 🚫 abgebrochen
state-expired = ⌛ abgelaufen
state-absent = ❔ nie bei Oxen angekommen
state-cancelling = 🚫 wird abgebrochen
state-retrying = ⏳ Oxen kann es gerade nicht annehmen; neuer Versuch { $when }

# Die Einstellungen in einer Zeile
setting-seconds = { $seconds } s
setting-follows = { $word } ({ $shape })
setting-own-shape = eigenes Format ({ $shape })
setting-seed = Seed { $seed }
setting-sound = mit Ton
setting-silent = ohne Ton

# Die Nachricht mit dem Ergebnis
result-ready =
    { $user }, { $kind ->
        [video] { $count ->
            [one] dein Video ist fertig.
           *[other] deine { $count } Videos sind fertig.
        }
       *[image] { $count ->
            [one] dein Bild ist fertig.
           *[other] deine { $count } Bilder sind fertig.
        }
    }
result-partly =
    { $user }, { $ready ->
        [one] { $ready } von { $count } ist fertig.
       *[other] { $ready } von { $count } sind fertig.
    }
result-failed =
    { $user }, { $kind ->
        [video] { $count ->
            [one] dein Video hat leider nicht geklappt.
           *[other] deine { $count } Videos haben leider nicht geklappt.
        }
       *[image] { $count ->
            [one] dein Bild hat leider nicht geklappt.
           *[other] deine { $count } Bilder haben leider nicht geklappt.
        }
    }
result-unclear =
    { $user }, { $kind ->
        [video] { $count ->
            [one] ich weiß nicht, was aus deinem Video geworden ist.
           *[other] ich weiß nicht, was aus deinen { $count } Videos geworden ist.
        }
       *[image] { $count ->
            [one] ich weiß nicht, was aus deinem Bild geworden ist.
           *[other] ich weiß nicht, was aus deinen { $count } Bildern geworden ist.
        }
    }
result-cancelled =
    { $user }, { $kind ->
        [video] { $count ->
            [one] dein Video wurde abgebrochen.
           *[other] deine { $count } Videos wurden abgebrochen.
        }
       *[image] { $count ->
            [one] dein Bild wurde abgebrochen.
           *[other] deine { $count } Bilder wurden abgebrochen.
        }
    }
result-late =
    { $user }, { $kind ->
        [video] { $count ->
            [one] dein Video ist doch noch fertig geworden, später als gehofft.
           *[other] { $count } deiner Videos sind doch noch fertig geworden, später als gehofft.
        }
       *[image] { $count ->
            [one] dein Bild ist doch noch fertig geworden, später als gehofft.
           *[other] { $count } deiner Bilder sind doch noch fertig geworden, später als gehofft.
        }
    }
result-more = { $user }, und hier kommt der Rest.
result-cancelled-by = Abgebrochen von { $user }.
result-link =
    Nr. { $ordinal } { $why ->
        [forbidden] lässt sich nicht anhängen, weil ich hier keine Dateien anhängen darf:
       *[large] ist zu groß, um es hier anzuhängen:
    } [öffnen]({ $url }). Der Knopf holt einen frischen Link, wenn dieser abgelaufen ist.
result-link-covered =
    Nr. { $ordinal } { $why ->
        [forbidden] lässt sich nicht anhängen, weil ich hier keine Dateien anhängen darf;
       *[large] ist zu groß, um es hier anzuhängen;
    } es zeigt, was verdeckt war: ||<{ $url }>||. Der Knopf holt einen frischen Link, wenn dieser abgelaufen ist.
result-original = [das Original]({ $url })
result-original-covered = das Original, das zeigt, was verdeckt war: ||<{ $url }>||
result-copy =
    Nr. { $ordinal } ist { $copy ->
        [preview] nur der Anfang, weil das Ganze zu groß ist, um es hier anzuhängen. Hier ist
       *[converted] eine Kopie, die sich hier abspielen lässt; hier ist
    } { $original }. Der Knopf holt einen frischen Link, wenn dieser abgelaufen ist.
result-rest =
    { $count ->
        [one] Und noch eins: Die Knöpfe darunter oder `/verlauf` holen es.
       *[other] Und noch { $count }: Die Knöpfe darunter oder `/verlauf` holen sie.
    }
result-kept = Nr. { $ordinal } ist fertig, ließ sich hier aber nicht zeigen. Auf dem Server bringt es `/verlauf` mit der ID `{ $id }`
result-fresh-link = Link zu Nr. { $ordinal }
result-direct = Ich konnte das nicht in { $channel } posten, deshalb sage ich es dir hier.
link-fresh = [Hier ist es]({ $url }). Der Link hält eine Weile; drück den Knopf noch einmal für einen neuen.
link-fresh-covered = Hier ist es. Es zeigt, was verdeckt war: ||<{ $url }>||. Der Link hält eine Weile; drück den Knopf noch einmal für einen neuen.
result-unfetchable = Nr. { $ordinal } ist fertig, aber die Datei ließ sich nicht abholen. Sie liegt im Namespace { $namespace } auf Oxen.ai.
again-twice = Das wird vielleicht zweimal bezahlt: Ob Oxen diesen Auftrag berechnet hat, wurde nicht gesagt; es geht um ungefähr { $price }.
again-twice-unknown = Das wird vielleicht zweimal bezahlt: Ob Oxen diesen Auftrag berechnet hat, wurde nicht gesagt.
again-surely = Noch einmal bestellen
result-try-again = Noch einmal
result-took = gemacht in { $took }
made-with-ai = Mit KI gemacht
result-alt = { $kind ->
        [video] Video
       *[image] Bild
    } Nr. { $ordinal }, mit KI gemacht von { $model }:
result-again = 🔁 Noch einmal
result-vary = 🎨 Variieren
result-edit-prompt = ✏️ Prompt ändern
vary-how = Wie viel sich ändern darf
vary-little = Ein wenig: von diesem Bild ausgehen
vary-much = Viel: aus den Worten ein neues machen
result-animate = 🎬 Animieren
result-extend = ⏩ Verlängern
result-upscale = 🔍 Hochskalieren
result-use = 📥 Als Vorlage
result-details = ℹ️ Details
lineage-from = ⬆️ Gemacht aus { $orders }
lineage-children = ⬇️ Daraus wurde: { $orders }
lineage-more = … und { $count } weitere
result-footer = Auftrag { $order }/{ $part }

# Warum eine Generierung kein Ergebnis hat
reason-provider = Oxen sagt: { $detail }
reason-provider-silent = Oxen hat keinen Grund genannt. Es wurde nichts geliefert; bitte versuch es noch einmal.
reason-prompt-refused = Die Moderation von Oxen hat den Prompt abgelehnt. Es wurde nichts berechnet. Formuliere ihn mit *Prompt ändern* anders.
reason-no-credit = Der Namespace { $namespace } hat kein Guthaben mehr. Wer diesen Server verwaltet, kann es auf Oxen.ai aufladen.
reason-no-credit-own = Das Konto, das für diesen Server bezahlt, hat kein Guthaben mehr. Wer den Bot betreibt, muss es aufladen; es wurde nichts berechnet.
reason-rejected = Oxen hat den Auftrag nicht angenommen, und es wurde nichts berechnet: { $detail }
reason-key-refused = Oxen hat den Schlüssel des Bots für den Namespace { $namespace } nicht akzeptiert. Darum muss sich kümmern, wer den Bot betreibt; es wurde nichts bestellt.
reason-key-unusable = Oxen nimmt den eigenen Schlüssel dieses Servers nicht an; es wurde nichts bestellt. Wer diesen Server verwaltet, kann in den Einstellungen einen anderen eingeben.
reason-key-lost = Der eigene Schlüssel dieses Servers galt auf einmal nicht mehr, während das hier entstand; ich kann nicht sehen, was daraus wurde. Falls es entstanden ist, liegt es im Namespace { $namespace } auf Oxen.ai.
reason-settings-refused = Dieses Modell hat sich geändert und nimmt diese Einstellungen nicht mehr, darum wurde nichts gesendet und nichts berechnet. Bitte bestelle es neu.
reason-input-refused = Eine Datei dieser Bestellung war nicht zu gebrauchen. Bestelle noch einmal mit einer anderen Datei, oder mit derselben in anderer Größe oder gespeichert als PNG, JPEG, MP4 oder MP3. Oxen sagt: { $detail }
reason-input-gone = Die angehängte Datei wurde gelöscht, bevor sie an der Reihe war; es wurde nichts bestellt. Bitte hänge sie noch einmal an.
reason-input-unreachable = Discord hat die angehängte Datei nicht herausgegeben; es wurde nichts bestellt. Bitte versuche es später noch einmal.
reason-budget = Etwas davor hat mehr gekostet als dafür zurückgelegt war, und das Budget dieses Servers ist aufgebraucht. Darum wurde dies nicht bestellt, und es kostet nichts.
reason-unreachable = Oxen war nicht zu erreichen, deshalb wurde nichts bestellt. Bitte versuch es später noch einmal.
reason-lost = Es ist aus der Warteschlange von Oxen verschwunden, und Oxen sagt nicht, was daraus geworden ist. Vielleicht wurde es gemacht und berechnet: dann liegt es im Namespace { $namespace } auf Oxen.ai. Schau dort nach, bevor du es noch einmal bestellst.
reason-expired = Oxen hatte nach 24 Stunden nichts vorzuweisen. Kommt es doch noch, poste ich es hier.
reason-absent = Beim Bestellen ist die Verbindung abgerissen, und Oxen kennt den Auftrag nicht: höchstwahrscheinlich wurde er nie ausgeführt. Taucht das Ergebnis doch noch auf, poste ich es hier.
reason-forgotten = Beim Bestellen ist die Verbindung abgerissen, und Oxen sagt nicht, was daraus geworden ist. Falls es gemacht wurde, liegt es im Namespace { $namespace } auf Oxen.ai; schau dort nach, bevor du es noch einmal bestellst.
reason-short = Oxen hat weniger angenommen, als bestellt war. Die fehlenden wurden nicht berechnet; du kannst sie noch einmal bestellen.
namespace-own = des Bot-Betreibers
namespace-key = zum Schlüssel dieses Servers

# /warteschlange
queue-title =
    { $scope ->
        [mine] Deine Aufträge
       *[server] Aufträge auf diesem Server
    }
queue-empty =
    { $scope ->
        [mine] Von dir ist nichts in der Warteschlange. Mit `/video` oder `/bild` bestellst du etwas.
       *[server] Die Warteschlange ist leer. Mit `/video` oder `/bild` bestellst du etwas.
    }
queue-line = **{ $position }.** { $kind ->
        [video] 🎬
       *[image] 🖼️
    } { $link } · { $model } · { $states } · { $age } · { $user }
queue-state = { $count ->
        [one] { $state }
       *[other] { $count } × { $state }
    }

# /abbrechen
cancel-asked =
    { $count ->
        [one] Wird abgebrochen. Auf der Karte siehst du, wie es ausgeht; was fast fertig war, kann trotzdem noch kommen.
       *[other] { $count } werden abgebrochen. Auf der Karte siehst du, wie es ausgeht; was fast fertig war, kann trotzdem noch kommen.
    }
cancel-choice = { $ordinal }/{ $count } · { $prompt }
cancel-choice-all = Alle { $count } · { $prompt }

# /info
about =
    ### Drover
    Ich bestelle Videos und Bilder bei Oxen.ai und poste sie hier, wenn sie fertig sind, meist nach ein paar Minuten. Discord kannst du solange schließen.
    - `/video` und `/bild` bestellen etwas, zur Auswahl stehen { $models } Modelle, zum Beispiel `/video` **prompt:** ein Fuchs im Schnee
    - Unter jedem Ergebnis: *Noch einmal*, *Variieren*, *Animieren* oder *Hochskalieren*, *Details*
    - Rechtsklick auf ein Bild oder Video, *Apps*: animieren, bearbeiten, verlängern, hochskalieren
    - `/modelle` zeigt, was jedes Modell braucht und kostet, `/storyboard` macht ein Video aus mehreren Einstellungen
    - `/vergleich` gibt einen Prompt an mehrere Modelle, `/stil speichern` bewahrt Worte und Bilder auf, `/favoriten` zeigt, was du mit einem Stern versehen hast
    - `/warteschlange` zeigt, was gerade entsteht, `/abbrechen` stoppt, was dir gehört, `/verlauf` holt zurück, was gemacht wurde
    - `/grenzen` zeigt, was du noch bestellen kannst, `/verbrauch`, was ausgegeben wurde
    - `/datenschutz` zeigt, was ich über dich speichere
    - `/einstellungen` ist für alle, die diesen Server verwalten
    { $pays }
    -# Drover { $version }
about-pays = Aufträge gehen auf Rechnung des Namespace **{ $namespace }** dieses Servers auf Oxen.ai.
about-owner-pays = Wer diesen Bot betreibt, bezahlt die Aufträge.
about-own-key-pays = Bestellungen gehen auf das eigene Oxen.ai-Konto dieses Servers.
about-nobody-pays = Hier bezahlt noch niemand für Aufträge; wer diesen Server verwaltet, kann das mit `/einrichten` festlegen.

# Fehler
error-unexpected = Bei mir ist etwas schiefgegangen. Wenn du gerade bestellt hast und hier eine Karte steht, gilt der Auftrag; sonst wurde nichts bestellt. Bitte versuch es noch einmal.

# Rechte in einem Kanal, wie Discord sie nennt
right-view_channel = Kanal anzeigen
right-send_messages = Nachrichten senden
right-send_messages_in_threads = Nachrichten in Threads senden
right-attach_files = Dateien anhängen
right-read_message_history = Nachrichtenverlauf anzeigen
right-connect = Verbinden
right-manage_threads = Threads verwalten (dieser ist gesperrt)

# In einem Prompt, wo Discord eine ID hat und kein Name zur Hand ist
markup-someone = jemand
markup-group = eine Gruppe
markup-channel = ein Kanal
markup-message = eine Nachricht
markup-file = eine Datei
markup-link = ein Link
markup-date = ein Datum
markup-guide = der Wegweiser des Servers
markup-sound = ein Klang
