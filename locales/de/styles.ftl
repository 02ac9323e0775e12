# Stile und Figuren, Entwürfe, Vergleiche.

name-style = stil
name-save = speichern
name-list = liste
name-share = teilen
name-delete = löschen
name-name = name
name-template = vorlage
name-parameters = parameter
name-picture = bild
name-picture_2 = bild_2
name-picture_3 = bild_3

command-style = Stile und Figuren: Vorlagen, Modelle und Bilder unter einem Namen
command-style-save = Speichere einen eigenen Stil; einer mit diesem Namen wird ersetzt
command-style-list = Die Stile, die du hier verwenden kannst
command-style-share = Mach einen deiner Stile zu einem des Servers; für alle, die ihn verwalten
command-style-delete = Lösche einen Stil und die Nachricht mit seinen Bildern
option-style = Ein Stil oder eine Figur; was du selbst angibst, geht vor
option-style-name = Wie er heißt
option-style-template = Die Worte um jeden Prompt; wo er hinkommt, steht „prompt“ in geschweiften Klammern
option-style-model = Das Modell, mit dem er gemacht wird
option-style-duration = Länge von Videos in Sekunden
option-style-resolution = Wie groß, zum Beispiel 720p oder 1080p
option-style-aspect-ratio = Format, zum Beispiel 16:9 oder 9:16
option-style-parameters = Eigene Parameter des Modells, zum Beispiel: negative_prompt=unscharf; loop=true
option-style-picture = Ein Bild der Figur; es wird hier gepostet und bleibt so lange wie diese Nachricht
option-style-share = Welcher von deinen
option-style-delete = Welcher

style-whose =
    { $whose ->
        [server] vom Server
       *[own] deiner
    }
style-model-gone = { $model } (gibt es nicht mehr)
style-pictures-count =
    { $count ->
        [one] ein Bild
       *[other] { $count } Bilder
    }
style-list-title =
    { $count ->
        [0] Noch keine Stile
        [one] Ein Stil
       *[other] { $count } Stile, Seite { $page } von { $pages }
    }
style-list-none = Speichere einen mit `/stil speichern`: Worte um einen Prompt, ein Modell, Bilder einer Figur.
style-list-before = Zurück
style-list-after = Weiter
style-pictures = Bilder des Stils **{ $style }**, von { $user }
style-pictures-kept = Sie werden in dieser Nachricht aufbewahrt. Wer sie löscht, löscht auch die Bilder.
style-saved =
    { $replaced ->
        [True] **{ $style }** ist gespeichert und ersetzt den alten.
       *[other] **{ $style }** ist gespeichert. Verwende ihn mit der Option „stil“ von `/video` und `/bild`.
    }
style-now-shared = **{ $style }** gehört jetzt dem Server und ist für alle da. Er bleibt, wenn deine Daten gelöscht werden, ohne deinen Namen.
style-deleted = **{ $style }** ist gelöscht.
privacy-styles =
    { $count ->
        [0] Keine Stile von dir.
        [one] Einen Stil von dir.
       *[other] { $count } Stile von dir.
    }

refusal-style-name = Ein Stil braucht einen Namen aus Buchstaben oder Ziffern, höchstens { $max }.
refusal-style-brace = In der Vorlage steht ein einzelnes „{ $given }“. Schreib { $prompt }, wo der Prompt hinkommt, und { $open } oder { $close } für eine Klammer.
refusal-style-placeholder = „{ $given }“ in der Vorlage kenne ich nicht. Nur { $prompt } wird ersetzt; schreib { $open } und { $close } für Klammern.
refusal-style-template-long = Die Vorlage hat { $length } Zeichen, und darf { $max } haben.
refusal-style-parameters = „{ $given }“ kann ich nicht lesen. Schreib Parameter als name=wert, mit einem Semikolon dazwischen.
refusal-style-parameters-alone = Parameter gehören zu einem Modell. Bitte nenn auch das Modell.
refusal-style-unknown = Einen Stil „{ $given }“, den du hier verwenden kannst, gibt es nicht. `/stil liste` listet sie auf.
refusal-style-many =
    { $whose ->
        [server] Der Server hat { $max } Stile, mehr gehen nicht. Lösch erst einen.
       *[member] Du hast hier { $max } Stile, mehr gehen nicht. Lösch erst einen.
    }
refusal-style-shared = **{ $style }** gehört dem Server schon.
refusal-style-taken = Der Server hat schon einen Stil mit dem Namen **{ $style }**. Lösch erst den, oder speichere deinen unter einem anderen Namen.
refusal-input-kept-gone = „{ $given }“ ist weg: Die Nachricht, in der es aufbewahrt war, wurde gelöscht. Gib die Datei bitte neu an; Bilder eines Stils speicherst du neu mit `/stil speichern`.

# Drafts
name-draft = entwurf
option-draft = Erst ein günstiger Entwurf: kurz, klein, vielleicht von einem schnelleren Modell
card-draft = -# Ein Entwurf. Unter dem Ergebnis macht ein Knopf es richtig.
result-properly = Richtig machen
refusal-draft-none = Günstiger lässt sich das mit **{ $model }** nicht ausprobieren.
refusal-properly-unknown = Diesen Entwurf kenne ich nicht mehr. Bitte bestell mit `/video` oder `/bild`.

# Vergleiche
name-compare = vergleich
name-model_2 = modell_2
name-model_3 = modell_3
name-model_4 = modell_4
command-compare = Gib einen Prompt an zwei bis vier Modelle und stimmt ab, was am besten ist
option-compare-prompt = Was sie alle zeigen sollen
option-compare-model = Eines der Modelle
option-compare-further = Noch ein Modell
compare-title = { $count } Modelle nebeneinander, für { $user }
compare-price = 💵 { $estimate } zusammen
compare-ready =
    { $ready ->
        [0] { $user }, keines der { $count } Modelle hat daraus etwas gemacht.
       *[other] { $ready ->
            [one] { $user }, eines von { $count } Modellen ist fertig.
           *[other] { $user }, { $ready } von { $count } Modellen sind fertig. Welches ist am besten? Alle haben eine Stimme.
        }
    }
compare-which = Welches davon?
compare-vote = 👍 { $number } · { $model }
refusal-compare-model = Bei **{ $model }**:
refusal-compare-kinds = Diese Modelle machen Verschiedenes. Vergleiche Modelle, die alle Videos oder alle Bilder machen.
refusal-compare-twice = Jedes Modell kommt nur einmal in den Vergleich. Bitte wähl verschiedene.
refusal-vote-unknown = Dieses Ergebnis kenne ich nicht mehr.
