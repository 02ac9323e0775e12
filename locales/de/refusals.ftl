# Was jemand selbst ändern kann: was nicht stimmt und was richtig wäre.

refusal-prompt-empty = Der Prompt ist leer. Sag mir, was zu sehen sein soll.
refusal-prompt-or-shots = Es gibt weder einen Prompt noch eine Einstellung. Schreib einen Prompt, der sagt, was zu sehen sein soll, oder mehrere Einstellungen mit `/storyboard`.
refusal-prompt-long = Der Prompt hat { $length } Zeichen, höchstens { $max } passen. Bitte kürze ihn.
refusal-count = Ich kann 1 bis { $max } auf einmal machen, nicht { $given }.
refusal-model-unknown =
    Ein Modell „{ $given }“ gibt es nicht. { $nearest ->
        [none] Tipp unter **modell** ein paar Buchstaben und such dir eins aus der Liste aus.
       *[other] Meintest du **{ $nearest }**? Tipp unter **modell** ein paar Buchstaben, dann siehst du, was es gibt.
    }
refusal-model-text-only = **{ $model }** schreibt Texte und macht keine Bilder oder Videos. Such dir unter **modell** ein anderes aus der Liste aus.
refusal-model-wrong-kind =
    { $makes ->
        [video] **{ $model }** macht Videos. Nimm dafür `/video` oder such dir ein Bildmodell aus.
       *[image] **{ $model }** macht Bilder. Nimm dafür `/bild` oder such dir ein Videomodell aus.
    }
refusal-no-models = Dafür gibt es bei Oxen.ai gerade kein Modell. Bitte versuch es später noch einmal.
refusal-option-unknown = **{ $model }** hat keine Option **{ $option }**. Lass sie weg oder nimm ein anderes Modell.
refusal-duration =
    { $given ->
        [one] Eine Länge von { $given } Sekunde geht mit diesem Modell nicht. Es kennt: { $allowed }. Am nächsten liegt **{ $nearest }**.
       *[other] Eine Länge von { $given } Sekunden geht mit diesem Modell nicht. Es kennt: { $allowed }. Am nächsten liegt **{ $nearest }**.
    }
refusal-not-a-choice = **{ $option }** kann mit diesem Modell nicht „{ $given }“ sein. Es kennt: { $allowed }.{ $nearest ->
        [none] {""}
       *[other] {" "}Am nächsten liegt **{ $nearest }**.
    }
refusal-out-of-range = **{ $option }** kann mit diesem Modell nicht { $given } sein. Möglich ist { $allowed }, am nächsten liegt **{ $nearest }**.
refusal-not-a-number = „{ $given }“ ist keine ganze Zahl. Nimm nur Ziffern, zum Beispiel 42.
refusal-catalogue-missing = Ich erreiche Oxen.ai gerade nicht und kenne deshalb seine Modelle nicht. Es wurde nichts bestellt. Bitte versuch es in einer Minute noch einmal.
refusal-no-namespace = Für diesen Server bezahlt noch niemand, deshalb wurde nichts bestellt. Wer den Server verwalten darf, kann das mit `/einrichten` festlegen.
refusal-namespace-refused = Oxen.ai lässt mich den Namespace „{ $namespace }“ nicht belasten; es hat sich nichts geändert. Prüfe die Schreibweise; wem er gehört, muss mich dort hinzufügen, oder du gibst einen eigenen Schlüssel ein.
refusal-namespace-closed = Wer diesen Bot betreibt, hat den Namespace „{ $namespace }“ nicht für diesen Server freigegeben; belastet werden kann er also nicht. Dafür muss { $namespace }={ $server } in DROVER_NAMESPACES stehen. Oder gib in den Einstellungen einen eigenen Schlüssel von Oxen.ai ein.
refusal-namespace-taken = Ein anderer Server zahlt schon aus dem Namespace „{ $namespace }“; es hat sich nichts geändert. Gehört er auch dir, dann lass ihn hier von der Person einstellen, die ihn dort eingestellt hat, oder gib einen eigenen Schlüssel ein.
refusal-namespace-unchecked = Ich konnte Oxen.ai gerade nicht nach dem Namespace „{ $namespace }“ fragen; es hat sich nichts geändert. Versuche es bitte in einer Minute noch einmal.
refusal-key-refused = Oxen.ai nimmt den Schlüssel dieses Servers mit der Endung „{ $tail }“ nicht mehr an; es wurde nichts bestellt. Wer den Server verwalten darf, kann in den Einstellungen einen anderen eingeben.
refusal-key-no-vault = Der Betreiber dieses Bots hat ihn nicht für Schlüssel von Servern eingerichtet. Nenne stattdessen einen Namespace oder frage den Betreiber.
refusal-key-shape = Das kann kein Schlüssel sein: Er hat 8 bis 512 Buchstaben, Ziffern und Zeichen und keine Leerzeichen. Kopiere ihn noch einmal aus deinem Profil auf Oxen.ai.
refusal-key-not-accepted = Oxen.ai nimmt diesen Schlüssel nicht an; es hat sich nichts geändert. Kopiere ihn noch einmal aus deinem Profil auf Oxen.ai, API keys.
refusal-key-unchecked = Ich konnte Oxen.ai gerade nicht nach diesem Schlüssel fragen; es hat sich nichts geändert. Versuche es bitte in einer Minute noch einmal.
refusal-key-none = Dieser Server hat keinen eigenen Schlüssel, also ist keiner zu vergessen.
refusal-trial-over = Dieser Auftrag würde { $price } kosten, und vom Probeguthaben dieses Servers sind noch { $left } übrig. Wer diesen Server verwaltet, kann in `/einstellungen` sagen, wer ab jetzt zahlt.
refusal-namespace-name = „{ $given }“ kann kein Namespace sein. Er besteht aus Buchstaben, Ziffern, Punkten, Binde- und Unterstrichen, so wie in der Adresse deiner Seite auf Oxen.ai.
refusal-guild-only = Ich arbeite auf Servern, denn der Server bezahlt. Bitte benutze diesen Befehl in einem Kanal auf einem Server.
refusal-cannot-post = Ich könnte das Ergebnis in diesem Kanal nicht posten, mir fehlt hier das Recht: { $missing }. Bitte jemanden aus der Moderation, es mir zu geben, oder nimm einen anderen Kanal. Es wurde nichts bestellt.
refusal-not-in-thread = Ich bin nicht in diesem privaten Thread und könnte das Ergebnis hier nicht posten. Erwähne mich darin, das holt mich herein, und bestelle noch einmal. Es wurde nichts bestellt.
refusal-cancel-unknown = Diesen Auftrag kenne ich nicht. Such dir einen aus der Liste aus.
refusal-cancel-not-yours = Das kann nur abbrechen, wer es bestellt hat, oder die Moderation.
refusal-cancel-over = Das ist schon vorbei, da gibt es nichts mehr abzubrechen.
refusal-cancel-already = Das wird schon abgebrochen. Es dauert einen Moment.
refusal-manage-server = Das kann nur, wer diesen Server verwalten darf.
refusal-closing = Ich starte gerade neu. Bitte versuch es in einer Minute noch einmal; es wurde nichts bestellt.
refusal-command-gone = Den Befehl „{ $name }“ gibt es nicht mehr: Er gehört zu einer früheren Version von mir oder zu einem anderen Programm. Tippe `/`, um zu sehen, was es jetzt gibt. Es wurde nichts bestellt.
refusal-command-changed = Der Befehl „{ $name }“ hat sich geändert, seit dein Discord ihn geladen hat. Bitte starte Discord neu oder drücke Strg+R und benutze ihn noch einmal. Es wurde nichts bestellt.
refusal-control-gone = Dieser Knopf, dieses Menü oder dieses Formular tut nichts mehr: Es gehört zu einer früheren Version von mir oder zu einem anderen Programm. Tippe `/`, um zu sehen, was es jetzt gibt. Es wurde nichts bestellt.
refusal-link-unknown = Dieses Ergebnis kenne ich nicht mehr.
refusal-link-later = Oxen ist gerade nicht zu erreichen. Drück den Knopf bitte in einer Minute noch einmal.
refusal-link-gone = Oxen bietet dieses Ergebnis nicht mehr zum Herunterladen an. Vielleicht liegt es noch im Namespace auf Oxen.ai.
refusal-again-unknown = Diesen Auftrag kenne ich nicht mehr.
refusal-again-not-yours = Noch einmal bestellen kann das nur, wer es bestellt hat, oder die Moderation. `/video` und `/bild` sind für alle da.
refusal-again-already = Das wurde schon noch einmal bestellt; schau nach der neueren Karte.
refusal-again-not-yet = Ein Teil dieses Auftrags läuft noch. Bitte warte, bis alles zu Ende ist.
refusal-again-nothing = Von diesem Auftrag ist nichts so gescheitert, dass ein neuer Versuch etwas ändern würde.
refusal-model-gone = **{ $model }** gibt es bei Oxen.ai seit dem { $since } nicht mehr. { $nearest ->
        [none] Tipp unter **modell** ein paar Buchstaben und such dir ein anderes aus der Liste aus.
       *[other] Am ähnlichsten ist **{ $nearest }**; was es sonst gibt, siehst du unter **modell**.
    } Es wurde nichts bestellt.
refusal-model-audio-only = **{ $model }** macht Töne und keine Bilder oder Videos. Such dir unter **modell** ein anderes aus der Liste aus.

# Was das Schema eines Modells zu einem Auftrag sagt. option ist das Wort dafür, das man tippt, oder das des Modells.
refusal-option-foreign = **{ $model }** hat keine Option **{ $option }**. { $nearest ->
        [none] { $models ->
            [none] Lass sie weg; auch kein anderes Modell hat sie.
           *[other] Lass sie weg oder nimm ein Modell, das sie hat: { $models }.
        }
       *[other] Meintest du **{ $nearest }**?
    }
refusal-option-twice = **{ $option }** ist doppelt angegeben, als Option und unter den übrigen. Behalte eins von beiden.
refusal-option-missing = **{ $model }** muss **{ $option }** wissen. { $allowed ->
        [none] Gib unter **mehr** einen Wert an.
       *[other] Möglich ist: { $allowed }.
    }
refusal-wrong-type = **{ $option }** kann nicht „{ $given }“ sein, sondern nur { $type ->
        [integer] eine ganze Zahl, zum Beispiel 42
        [number] eine Zahl, zum Beispiel 0,5
        [boolean] true oder false
        [array] eine Liste, mit Kommas getrennt
        [object] ein Objekt, in JSON geschrieben
       *[other] ein einzelner Text
    }.{ $allowed ->
        [none] {""}
       *[other] {" "}Möglich ist: { $allowed }.
    }
refusal-not-a-link = **{ $option }** kann nicht „{ $given }“ sein, sondern nur ein Link, der mit https:// anfängt. Oder häng stattdessen eine Datei an.
refusal-text-length = **{ $option }** hat { $length } Zeichen, möglich ist { $allowed }.
refusal-list-length = **{ $option }** hat { $length } Einträge, möglich ist { $allowed }.
refusal-field-unknown = **{ $option }** hat keinen Teil „{ $given }“. Möglich ist: { $allowed }.
refusal-field-missing = Bei **{ $option }** fehlt der Teil **{ $field }**.
refusal-value-refused = **{ $option }** kann bei diesem Modell nicht „{ $given }“ sein.{ $allowed ->
        [none] {""}
       *[other] {" "}Möglich ist: { $allowed }.
    }
refusal-settings-refused = Dieses Modell nimmt diese Einstellungen nicht zusammen.{ $option ->
        [none] {" "}Lass weg, was du unter **more** angegeben hast.
       *[other] {" "}Es geht um **{ $option }**.
    }

# Storyboards.
refusal-shots-unsupported = **{ $model }** macht eine Einstellung auf einmal. Nimm ein Modell, das ein Storyboard kann, oder lass mich die Einstellungen einzeln machen.
refusal-prompt-and-shots = Bei **{ $model }** geht entweder ein Prompt oder ein Storyboard, nie beides. Lass eins davon weg.
refusal-duration-and-shots = In einem Storyboard hat jede Einstellung ihre eigene Länge. Lass **{ $option }** weg.
refusal-shot-empty = Zeile { $line } hat eine Länge, aber keine Worte. Schreib, was zu sehen ist, zum Beispiel: 5s Wellen aus der Luft.
refusal-shot-long = Einstellung { $line } hat { $length } Zeichen, höchstens { $max } passen. Bitte kürze sie.
refusal-shot-length = Einstellung { $line } kann nicht { $given } s lang sein. Möglich sind { $min } bis { $max } s.
refusal-shots-total = Zusammen sind die Einstellungen { $given } s lang. Möglich sind { $min } bis { $max } s, am nächsten liegen **{ $nearest } s**.

# Dateien, die zu einem Auftrag gehören.
refusal-file-empty = „{ $name }“ ist leer (0 Byte). Bitte häng die Datei noch einmal an.
refusal-file-gif = „{ $name }“ ist ein GIF, also ein bewegtes Bild, und **{ $option }** nimmt nur Videos. Speichere es als MP4 und häng das an.
refusal-file-animated = „{ $name }“ bewegt sich, und hier braucht es ein stehendes Bild. Speichere ein Einzelbild als PNG oder JPEG und häng das an.
refusal-file-kind =
    „{ $name }“ ist { $kind ->
        [image] ein Bild
        [video] ein Video
       *[audio] eine Tondatei
    }, und **{ $option }** nimmt nur { $wanted ->
        [image] Bilder
        [video] Videos
       *[audio] Tondateien
    }. { $kind ->
        [video] { $wanted ->
            [image] Speichere ein Einzelbild als PNG oder JPEG und häng das an.
           *[other] Speichere den Ton als MP3, WAV oder M4A und häng das an.
        }
       *[other] Bitte häng dort eine andere Datei an.
    }
refusal-file-large = „{ $name }“ hat { $size } MB, höchstens { $max } MB gehen. Bitte häng eine kleinere Datei an.
refusal-input-many = **{ $model }** nimmt für **{ $option }** höchstens { $max } { $kind ->
        [image] { $max ->
            [one] Bild
           *[other] Bilder
        }
        [video] { $max ->
            [one] Video
           *[other] Videos
        }
       *[audio] { $max ->
            [one] Tondatei
           *[other] Tondateien
        }
    }. Lass etwas davon weg.
refusal-input-unwanted = **{ $model }** nimmt { $kind ->
        [image] kein Bild
        [video] kein Video
       *[audio] keinen Ton
    } als **{ $option }**. { $allowed ->
        [none] Es arbeitet nur mit Worten; lass die Datei weg oder nimm ein anderes Modell.
       *[other] Es nimmt: { $allowed }.
    }{ $nearest ->
        [none] {""}
       *[other] {" "}**{ $nearest }** nimmt das.
    }
refusal-input-missing = **{ $model }** braucht { $kind ->
        [image] ein Bild
        [video] ein Video
       *[audio] eine Tondatei
    } zum Arbeiten. Bitte als **{ $option }** anhängen.{ $nearest ->
        [none] {""}
       *[other] {" "}Ohne macht es **{ $nearest }**, { $of ->
            [files] aus dem, was du angehängt hast
           *[words] allein aus Worten
        }.
    }
refusal-input-missing-any = **{ $model }** braucht ein Bild oder ein Video zum Arbeiten. Bitte als **bild** oder **video** anhängen.{ $nearest ->
        [none] {""}
       *[other] {" "}Ohne macht es **{ $nearest }**, { $of ->
            [files] aus dem, was du angehängt hast
           *[words] allein aus Worten
        }.
    }
refusal-last-frame-alone = **{ $model }** braucht ein erstes Bild, um beim letzten anzukommen. Häng auch das erste an, als **bild**.
refusal-mention =
    Der Prompt spricht von { $given }, aber { $count ->
        [0] davon ist nichts angehängt
        [one] davon ist nur eins angehängt
       *[other] davon sind nur { $count } angehängt
    }. { $allowed ->
        [none] Häng es an oder nimm es aus dem Prompt.
       *[other] Schreiben kannst du: { $allowed }.
    }

# Formulare und Dateien
refusal-lapsed = Das wurde schon benutzt, war zu lange offen oder ist von vor meinem Neustart. Es hat nichts bestellt. Bitte fang noch einmal an.
refusal-input-files-not-media = „{ $given }“ ist kein Bild, Video oder Ton, den ich kenne. Schick PNG, JPEG, WebP, MP4, MOV, WebM, MP3 oder WAV.
refusal-input-files-empty = „{ $given }“ ist leer. Bitte lad es noch einmal hoch.
refusal-input-files-large = „{ $given }“ ist zu groß: In diesen Kanal passen bis zu { $limit } MiB. Mach es kleiner oder kürzer.
refusal-input-files-total = Die Dateien sind zusammen zu groß: In eine Bestellung passen bis zu { $limit } MiB. Lass welche weg, oder mach sie kleiner.
refusal-input-files-many = { $given } Dateien sind zu viele; in eine Bestellung passen bis zu { $max }.
refusal-input-files-expired = „{ $given }“ ist nicht mehr da. Bitte lad es noch einmal hoch.
refusal-input-files-later = „{ $given }“ ließ sich gerade nicht von Discord holen, deshalb wurde nichts bestellt. Bitte versuch es noch einmal.
refusal-input-files-unreadable =
    Ich weiß nicht, was „{ $given }“ ist: Kein Bild, Video oder Ton, den ich kenne, beginnt so. Schick { $kind ->
        [image] PNG, JPEG oder WebP
        [video] MP4, MOV oder WebM
       *[audio] MP3, WAV, M4A, OGG oder FLAC
    }.
refusal-input-files-foreign =
    „{ $given }“ ist eine Datei der Art { $what }. { $what } geht hier nicht; { $kind ->
        [image] PNG, JPEG und WebP gehen
        [video] MP4, MOV und WebM gehen
        [audio] MP3, WAV, M4A, OGG und FLAC gehen
       *[any] PNG, JPEG, WebP, MP4, MOV, WebM, MP3 und WAV gehen
    }. Speichere sie als eines davon und häng das an.
refusal-input-files-other =
    { $what ->
        [page] „{ $given }“ ist eine Webseite und nicht die Datei, die sie zeigen sollte. Öffne sie im Browser, speichere das Bild oder Video selbst, und häng das an.
        [text] „{ $given }“ ist ein Text und kein Bild, Video oder Ton. Häng die richtige Datei an; Worte gehören in den Prompt.
       *[encrypted] „{ $given }“ ist verschlüsselt, niemand kann also sehen, was darin ist. Häng die Datei ungeschützt an.
    }
refusal-input-files-disguised = „{ $given }“ ist nicht, was der Name sagt: Es sollte { $claimed ->
        [image] ein Bild
        [video] ein Video
       *[audio] ein Ton
    } sein, und es ist { $kind ->
        [image] ein Bild
        [video] ein Video
       *[audio] ein Ton
    }.
refusal-input-files-broken = „{ $given }“ ist abgeschnitten: Das Ende fehlt. Bitte speichere die Datei neu und lade sie noch einmal hoch.
refusal-input-files-refused = Discord hat die Dateien in diesem Kanal nicht angenommen: Sie sind zu groß. Mach sie kleiner. Es wurde nichts bestellt.
refusal-input-files-no-room = Ich habe gerade keinen Platz für Dateien, deshalb wurde nichts bestellt. Der Betreiber dieses Bots sieht das im Log. Bitte versuch es später noch einmal.
refusal-input-files-unseen = Ich kann gerade nicht sehen, ob die Dateien noch da sind. Es wurde nichts bestellt. Bitte versuch es in einer Minute noch einmal.
refusal-again-input-gone = Datei Nr. { $number } dieser Bestellung ist gelöscht, deshalb kann ich sie nicht noch einmal bestellen. `/video` und `/bild` nehmen sie neu an.
refusal-menu-nothing =
    { $kinds ->
        [image] In dieser Nachricht ist kein Bild. Nimm eine Nachricht mit einem Bild.
        [video] In dieser Nachricht ist kein Video. Nimm eine Nachricht mit einem Video.
       *[both] In dieser Nachricht ist weder ein Bild noch ein Video. Nimm eine Nachricht damit.
    }
refusal-shots-none = Es gibt weder eine Einstellung noch einen Prompt. Schreib eine Einstellung je Zeile, zum Beispiel: 5s Wellen von oben. Für einen einzelnen Prompt gibt es `/video`.
refusal-shots-many = { $given } Einstellungen wären { $given } Bestellungen; möglich sind bis zu { $max } auf einmal. Lass welche weg, oder nimm ein Modell, das Einstellungen zusammenfügt.
