# Was Aufträge kosten und wann sie dran sind; die Warteschlange und was Moderatoren mit ihr tun.

# Geld auf einer Karte
# Ein Betrag, der noch nicht berechnet ist, mit dem Wort dafür, woher er bekannt ist.
estimate-short = { $source ->
        [learnt] etwa { $price }
        [ceiling] höchstens { $price }
       *[other] { $price }
    }
estimate =
    { $source ->
        [learnt] ungefähr { $price }, nach { $samples } früheren
        [ceiling] höchstens { $price } werden zurückgelegt; der Preis ist nicht bekannt
       *[other] { $price }
    }
card-price = 💵 { $estimate }{ $count ->
        [one] {""}
       *[other] {" "}({ $count } × { $each })
    }
card-price-unknown = 💵 Preis vorher nicht bekannt
card-charged = berechnet: { $price }
card-charged-about = berechnet: ungefähr { $price }; genau hat Oxen es nicht gesagt
card-charged-nothing = 💵 nichts berechnet
card-unclear = vielleicht wurden ungefähr { $price } berechnet; Oxen hat es nicht gesagt
card-unclear-unknown = vielleicht wurde es berechnet; Oxen hat es nicht gesagt
card-paid-namespace = aus **{ $namespace }**
card-paid-owner = es zahlt der Betreiber dieses Bots
card-paid-key = vom eigenen Konto dieses Servers

# Auf einer Karte, wenn von einer Grenze höchstens ein Fünftel übrig ist
card-left-orders = 🪙 { $count ->
        [0] Das war dein letzter Auftrag für heute.
        [one] Heute kannst du noch einmal bestellen.
       *[other] Heute kannst du noch { $count }-mal bestellen.
    } Dein Tag beginnt neu { $resets }; `/grenzen` zeigt den Rest.
card-left-money = 🪙 { $left ->
        [none] Nichts ist mehr übrig
       *[other] Nur noch { $left } sind übrig
    } von { $whose ->
        [server] den { $limit } dieses Servers
       *[member] deinen { $limit }
    } für { $per ->
        [day] heute
       *[month] diesen Monat
    }. Neu beginnt es { $resets }; `/grenzen` zeigt den Rest.
card-left-trial = 🪙 { $left ->
        [none] Nichts ist mehr übrig
       *[other] Nur noch { $left } sind übrig
    } von den { $limit }, die der Betreiber dieses Bots dem Server zum Ausprobieren gibt. Wer den Server verwaltet, kann mehr bezahlen: `/einrichten` zeigt, wie.

# Ein Preis, dem man zustimmt
confirmation-why-above = Dieser Server fragt vor jedem Auftrag, der mehr als { $above } kostet.
confirmation-why-always = Dieser Server fragt vor jedem Auftrag, der etwas kostet.
confirmation-why-ceiling = Was dieses Modell berechnen wird, weiß vorher niemand. Bis zu { $price } werden dafür zurückgelegt, und dieser Server fragt über { $above }.
confirmation-why-manager = Was dieses Modell berechnen wird, weiß vorher niemand. Bis zu { $price } werden dafür zurückgelegt, und wer diesen Server verwaltet, muss zustimmen.
confirmation-why-changed = Der Preis war { $before }, als du bestellt hast, und ist jetzt { $price }.
confirmation-asks = Bestellen? Die Frage verfällt nach { $minutes } Minuten; bis du ja sagst, kostet es nichts.
confirmation-asks-manager = { $hours ->
        [one] Die Frage verfällt nach einer Stunde; bis jemand zustimmt, kostet es nichts.
       *[other] Die Frage verfällt nach { $hours } Stunden; bis jemand zustimmt, kostet es nichts.
    }
confirmation-confirm = Bestellen · { $price }
confirmation-agree = Zustimmen · { $price }
confirmation-withdraw = Jetzt nicht
confirmation-lapsed = ⌛ Niemand hat dem Preis zugestimmt, also wurde nichts bestellt und nichts bezahlt. Du kannst jederzeit neu bestellen.

# Der Platz in der Warteschlange des Servers
state-in-line = ⏳ wartet, bis es auf diesem Server dran ist
place =
    { $count ->
        [0] Als Nächstes in der Warteschlange dieses Servers.
        [one] Ein Auftrag ist vorher dran.
       *[other] { $count } Aufträge sind vorher dran.
    }
place-paused =
    { $count ->
        [0] ⏸️ Die Warteschlange dieses Servers wurde angehalten. Geht es weiter, ist dies als Nächstes dran.
        [one] ⏸️ Die Warteschlange dieses Servers wurde angehalten. Geht es weiter, ist ein Auftrag vorher dran.
       *[other] ⏸️ Die Warteschlange dieses Servers wurde angehalten. Geht es weiter, sind { $count } Aufträge vorher dran.
    }
place-expected = Erwartet gegen { $likely }, fast immer bis { $most }.

# Wie weit das ist, was gerade entsteht
progress =
    { $count ->
        [one] { $bar } { $ready }
       *[other] { $bar } { $over } von { $count } · { $ready }
    }
ready-about = fertig gegen { $at }
ready-soon = gleich fertig, fast immer bis { $at }
ready-late = dauert länger als sonst

# /queue
queue-paused = ⏸️ Die Warteschlange ist angehalten: Was läuft, läuft weiter, mehr wird nicht abgeschickt.
queue-drained = 🚱 Neue Aufträge werden nicht angenommen; was bestellt ist, läuft weiter.
queue-page = Seite { $page } von { $pages }
queue-previous = Zurück
queue-next = Weiter
queue-refresh = Aktualisieren
queue-choose = Einen Auftrag verschieben oder abbrechen…
queue-choice = { $place }. { $title }
queue-pause = Anhalten
queue-drain = Nichts Neues annehmen
queue-resume = Fortsetzen
queue-cancel = Abbrechen…
queue-back = Zurück zur Warteschlange
queue-to-front = Ganz nach vorn
queue-up = Einen Platz vor
queue-down = Einen Platz zurück
queue-to-end = Ganz nach hinten
queue-cancel-order = Abbrechen…
queue-unseen = ein Auftrag in einem Kanal, den du nicht siehst
refusal-queue-gone = Diesen Auftrag gibt es nicht mehr, oder es gab ihn nie.

# Vieles abbrechen
stop-title = Was soll abgebrochen werden?
stop-member = Alles von einem Mitglied…
stop-channel = Alles in einem Kanal…
stop-all = Alles auf diesem Server…
stop-what =
    { $scope ->
        [order] aus diesem Auftrag
        [member] von { $whose }
        [channel] in { $whose }
       *[all] auf diesem Server
    }
stop-ask = { $count ->
        [one] Ein Ergebnis
       *[other] { $count } Ergebnisse
    } { $what } abbrechen?
stop-money = 💵 { $count ->
        [one] Dafür
       *[other] Für sie
    } sind { $price } zurückgelegt. Das Geld für alles, was nicht mehr entsteht, wird frei.
stop-unpriced =
    { $count ->
        [one] Von einem ist der Preis nicht bekannt.
       *[other] Von { $count } ist der Preis nicht bekannt.
    }
stop-all-unsent = Davon ist noch nichts abgeschickt, also wird nichts berechnet.
stop-all-sent = Alles ist schon bei Oxen: Was fast fertig ist, kann noch kommen und berechnet werden.
stop-some-unsent =
    { $count ->
        [one] Eines ist noch nicht abgeschickt und kostet nichts; was bei Oxen fast fertig ist, kann noch kommen und berechnet werden.
       *[other] { $count } sind noch nicht abgeschickt und kosten nichts; was bei Oxen fast fertig ist, kann noch kommen und berechnet werden.
    }
stop-yes = Ja, abbrechen
stop-nothing = Es gibt { $what } nichts abzubrechen.
stop-done =
    { $count ->
        [0] Es war nichts mehr abzubrechen.
        [one] Ein Ergebnis wird abgebrochen. Seine Karte zeigt, wie es endet.
       *[other] { $count } Ergebnisse werden abgebrochen. Ihre Karten zeigen, wie es endet.
    }

# /moderate
moderate-paused = Die Warteschlange ist angehalten. Was läuft, läuft weiter; auf den Karten steht, dass gewartet wird.
moderate-drained = Von jetzt an werden keine neuen Aufträge angenommen; was bestellt ist, läuft weiter. **resume** beendet das.
moderate-resumed = Es geht weiter, und Aufträge werden angenommen.
moderate-banned = { $user } kann hier nichts mehr bestellen. { $count ->
        [0] Unterwegs ist von dort nichts.
        [one] Ein Auftrag ist noch unterwegs und läuft weiter, wenn du ihn nicht abbrichst.
       *[other] { $count } Aufträge sind noch unterwegs und laufen weiter, wenn du sie nicht abbrichst.
    }
moderate-unbanned = { $user } kann hier wieder bestellen.
moderate-stop-theirs = Diese Aufträge abbrechen…

refusal-moderators-only = Das können nur Moderatoren (die Nachrichten verwalten dürfen).
refusal-ban-self = Dich selbst kannst du nicht vom Bestellen ausschließen.
refusal-ban-already = Dieses Mitglied ist schon vom Bestellen ausgeschlossen.
refusal-ban-none = Dieses Mitglied ist nicht ausgeschlossen und kann bestellen.
refusal-unban-self = Deinen eigenen Ausschluss kannst du nicht aufheben. Bitte jemand anderen, der sich um diesen Server kümmert.
refusal-ban-many = Es sind schon { $max } Mitglieder ausgeschlossen, und mehr passen nicht. Lass zuerst jemanden wieder zu.
refusal-ban-manager = Dieses Mitglied verwaltet den Server und lässt sich nicht per Befehl vom Bestellen ausschließen.
refusal-ban-bot = Bots können nichts bestellen; es gibt nichts auszuschließen.
refusal-one-of-them = Wähle eines: ein Mitglied, einen Kanal oder alles.
