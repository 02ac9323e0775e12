# Wozu Kasse und Regeln eines Servers nein sagen und was die Formulare seiner Regeln nicht annehmen.

refusal-banned = Die Leitung dieses Servers hat Bestellungen für dich abgeschaltet. Bitte sprich mit der Moderation.
refusal-queue-drained = Dieser Server nimmt gerade keine neuen Bestellungen an; was bestellt ist, läuft weiter. Bitte versuch es später noch einmal.
refusal-channel = In diesem Kanal nehme ich keine Bestellungen an. Bestellen kannst du in { $allowed }.
refusal-role = Um hier zu bestellen, brauchst du eine dieser Rollen: { $allowed }. Bitte frag die Moderation.
refusal-channel-deleted = Die Kanäle, in denen hier bestellt werden konnte, wurden gelöscht, also kann im Moment niemand bestellen. Wer den Server verwaltet, kann in `/einstellungen` unter „Wer bestellen darf, und wo“ andere wählen.
refusal-role-deleted = Die Rolle, die hier bestellen durfte, wurde gelöscht, also kann im Moment niemand bestellen. Wer den Server verwaltet, kann in `/einstellungen` unter „Wer bestellen darf, und wo“ eine andere wählen.
refusal-quiet = Auf diesem Server ist um diese Zeit Ruhe. Bestellen kannst du wieder <t:{ $ends }:R>, ab <t:{ $ends }:t>.
refusal-model-not-allowed = **{ $model }** gibt es auf diesem Server nicht. Such dir unter **modell** ein anderes aus der Liste aus.
refusal-model-age-restricted = **{ $model }** ist nur in Kanälen mit Altersbeschränkung erlaubt. Nimm so einen oder ein anderes Modell.
refusal-limit-length-open = **{ $model }** würde die Länge selbst wählen, und du darfst höchstens { $max ->
        [one] eine Sekunde
       *[other] { $max } Sekunden
    } bestellen. Bitte gib **dauer** an.
refusal-limit-length = Du darfst hier höchstens { $max ->
        [one] eine Sekunde
       *[other] { $max } Sekunden
    } bestellen, nicht { $given }. Bitte wähl eine kürzere **dauer**.
refusal-limit-resolution = Du darfst hier höchstens { $allowed } bestellen, nicht { $given }. Bitte wähl eine kleinere Auflösung.
refusal-limit-running =
    { $max ->
        [one] Dieser Server macht immer nur eins auf einmal, { $given } in einer Bestellung passen nicht. Bitte bestell eins.
       *[other] Dieser Server macht { $max } auf einmal, { $given } in einer Bestellung passen nicht. Bitte bestell höchstens { $max }.
    }
refusal-prompt-blocked = Dieser Server möchte „{ $word }“ nicht in Prompts. Es wurde nichts bestellt oder berechnet; bitte sag es anders.
refusal-prompt-age-restricted = Dieser Server erlaubt „{ $word }“ nur in Kanälen mit Altersbeschränkung. Nimm so einen oder sag es anders.
refusal-price-unknown = Was **{ $model }** kostet, weiß vorher niemand, und dieser Server bestellt nichts ohne Preis. Nimm ein anderes Modell.
refusal-limit-in-flight =
    { $max ->
        [one] Du hast eine Bestellung laufen, mehr darfst du nicht haben. Warte, bis sie fertig ist, oder brich sie ab.
       *[other] Du hast { $max } Bestellungen laufen, mehr darfst du nicht haben. Warte, bis eine fertig ist, oder brich eine ab.
    }
refusal-limit-per-day =
    { $max ->
        [one] Du hast heute einmal bestellt, öfter darfst du nicht. Bestellen kannst du wieder <t:{ $resets }:R>.
       *[other] Du hast heute { $max }-mal bestellt, öfter darfst du nicht. Bestellen kannst du wieder <t:{ $resets }:R>.
    }
refusal-limit-member-month = Du darfst hier { $limit } im Monat ausgeben, davon sind { $left } übrig. { $source ->
        [ceiling] Der Preis dieses Modells ist nicht bekannt, darum würden { $cost } zurückgelegt.
       *[other] Das hier würde { $cost } kosten.
    } Dein Monat beginnt neu <t:{ $resets }:R>.
refusal-limit-member-day = Du darfst hier { $limit } am Tag ausgeben, davon sind { $left } übrig. { $source ->
        [ceiling] Der Preis dieses Modells ist nicht bekannt, darum würden { $cost } zurückgelegt.
       *[other] Das hier würde { $cost } kosten.
    } Dein Tag beginnt neu <t:{ $resets }:R>.
refusal-limit-guild-month = Dieser Server hat { $limit } im Monat, davon sind { $left } übrig. { $source ->
        [ceiling] Der Preis dieses Modells ist nicht bekannt, darum würden { $cost } zurückgelegt.
       *[other] Das hier würde { $cost } kosten.
    } Der Monat beginnt neu <t:{ $resets }:R>.
refusal-limit-guild-day = Dieser Server hat { $limit } am Tag, davon sind { $left } übrig. { $source ->
        [ceiling] Der Preis dieses Modells ist nicht bekannt, darum würden { $cost } zurückgelegt.
       *[other] Das hier würde { $cost } kosten.
    } Der Tag beginnt neu <t:{ $resets }:R>.
limit-raised = Wer diesen Server verwaltet, kann das in `/einstellungen` erhöhen.

refusal-confirmation-unknown = Diese Bestellung kenne ich nicht mehr. Es wurde nichts bestellt; bitte bestell noch einmal.
refusal-confirmation-not-yours = Zu diesem Preis kann nur ja oder nein sagen, wer das bestellen will.
refusal-confirmation-manager = Einem Auftrag, dessen Preis niemand kennt, kann nur zustimmen, wer diesen Server verwaltet.
refusal-confirmation-lapsed = Das hat zu lange auf ein Ja gewartet, deshalb wurde nichts bestellt und nichts bezahlt. Bitte bestell noch einmal.
refusal-confirmation-withdrawn = Dazu hast du schon nein gesagt. Es wurde nichts bestellt; bestell einfach noch einmal, wenn du es dir anders überlegt hast.

refusal-not-waiting = Diese Bestellung wartet nicht mehr in der Schlange dieses Servers und lässt sich nicht verschieben.
refusal-place = Einen Platz { $given } gibt es in der Schlange nicht; der erste ist 1.

refusal-amount = „{ $given }“ ist kein Betrag. Nimm Ziffern, zum Beispiel 25 oder 12,50; leer heißt: keine Grenze.
refusal-amount-range = „{ $given }“ kann keine Grenze sein: Sie muss über 0 liegen und höchstens { $max } betragen. Leer heißt: keine Grenze; um alles anzuhalten, halte die Schlange an.
refusal-whole-number = „{ $given }“ geht nicht: Nimm eine ganze Zahl von 1 bis { $max }, oder lass das Feld leer, dann gibt es keine Grenze.
refusal-time-zone = Die Zeitzone „{ $given }“ kenne ich nicht. Schreib sie wie Europe/Berlin oder America/New_York.
refusal-time-zone-offset = „{ $given }“ sagt nicht, wann die Uhren umgestellt werden. Schreib stattdessen eine Stadt, wie Europe/Berlin oder America/New_York.
refusal-time-zone-near = „{ $given }“ ist kein Ort, oder nicht nur einer. Meintest du { $near }? Schreib es so.
refusal-quiet-hours = „{ $given }“ kann ich nicht als Uhrzeiten lesen. Schreib sie wie 22-7 oder 22:30-06:00; leer heißt: keine Ruhezeit.
refusal-pattern-shape = „{ $given }“ geht nicht. Ein Muster ist ein Wort oder mehrere, aus Buchstaben und Ziffern; * steht für beliebige Buchstaben, höchstens zweimal in einem Wort.
refusal-pattern-everything = „{ $given }“ würde auf jeden Prompt passen. Setz Buchstaben neben den *.
refusal-pattern-long = „{ $given }…“ ist zu lang für ein Muster; höchstens { $max } Zeichen passen.
refusal-patterns-many = Das sind { $count } Muster; höchstens { $max } passen.
