# Was über ein Mitglied gespeichert ist, was es davon bekommt und was verschwindet.

privacy-title = Was ich über dich speichere
privacy-orders =
    { $count ->
        [0] Keine Bestellungen von dir auf diesem Server.
        [one] Eine Bestellung auf diesem Server, ein { $videos ->
            [0] Bild
           *[other] Video
        }.
       *[other] { $count } Bestellungen auf diesem Server: { $videos } Videos, { $images } Bilder. Von jeder: was du gewählt hast, wie sie ausging, wann, und was sie gekostet hat.
    }
privacy-since = Die erste war am { $since }.
privacy-words =
    { $count ->
        [0] Keine Prompts von dir.
        [one] Den Prompt einer Bestellung ({ $files } mit Namen von Dateien, die du mitgegeben hast).
       *[other] Die Prompts von { $count } Bestellungen ({ $files } mit Namen von Dateien, die du mitgegeben hast).
    }
privacy-spent = Was du hier ausgegeben hast: { $spent }.
privacy-acts =
    { $count ->
        [0] Nichts im Protokoll der Moderation.
        [one] Einen Eintrag von dir im Protokoll der Moderation.
       *[other] { $count } Einträge von dir im Protokoll der Moderation.
    }
privacy-banned = Dass du hier nicht bestellen darfst. Das behält die Leitung dieses Servers, auch wenn du alles löschst.
privacy-retention =
    { $count ->
        [one] Dieser Server lässt mich Prompts einen Tag behalten; dann werden sie gelöscht.
       *[other] Dieser Server lässt mich Prompts { $count } Tage behalten; dann werden sie gelöscht.
    }
privacy-kept = Dieser Server lässt mich Prompts behalten, bis jemand sie löscht: Das kannst du hier tun.
privacy-everywhere =
    { $count ->
        [0] Auf allen Servern zusammen speichere ich keine Bestellungen von dir.
        [one] Auf allen Servern zusammen speichere ich eine Bestellung von dir.
       *[other] Auf allen Servern zusammen speichere ich { $count } Bestellungen von dir ({ $guilds } Server).
    }
privacy-asked = Du hast mich am { $at } gebeten, zu löschen, was ich hier speichere. Das Letzte davon verschwindet bis zum { $until }.
privacy-export = Exportieren
privacy-delete = Löschen
privacy-exported = Hier ist alles, was ich über dich speichere, von allen Servern. Diese Nachricht siehst nur du.

privacy-delete-title = Löschen, was ich über dich speichere?
privacy-delete-what = Aus deinen Bestellungen lösche ich dich, den Prompt, die Einstellungen und die Namen der Dateien; deine Ergebnisse verschwinden aus dem Schaufenster, und deine Sterne gehen mit. Beträge bleiben, ohne einen Namen: Die Bücher des Servers müssen stimmen. Zurückholen kann das niemand.
privacy-delete-stays =
    Das kann ich nicht löschen:
    - Nachrichten in Kanälen gehören Discord. Lösch sie dort, oder bitte die Moderation darum.
    - Videos und Bilder liegen mit ihren Prompts im Namespace des Servers auf Oxen.ai. Frag, wer den Server leitet.
    - Was für deine Grenzen zählt und wer was im Protokoll getan hat, verschwindet 32 Tage, nachdem es eingetragen wurde.
    - Dass du auf einem Server nicht bestellen darfst, bleibt, bis dieser Server es ändert.
privacy-delete-open =
    { $count ->
        [one] Eine Bestellung von dir läuft hier noch. Sie wird erst fertig und dann auch gelöscht; abbrechen kannst du sie mit /abbrechen.
       *[other] { $count } Bestellungen von dir laufen hier noch. Sie werden erst fertig und dann auch gelöscht; abbrechen kannst du sie mit /abbrechen.
    }
privacy-delete-here = Hier löschen
privacy-delete-everywhere = Auf allen Servern löschen
privacy-keep = Behalten
privacy-deleting-title = Es wird gelöscht
privacy-deleting =
    { $scope ->
        [here] Deine Prompts auf diesem Server verschwinden in Minuten, der Rest, sobald er nicht mehr zählt, spätestens in 32 Tagen. Was du ab jetzt bestellst, wird neu gespeichert.
       *[everywhere] Deine Prompts auf allen Servern verschwinden in Minuten, der Rest, sobald er nicht mehr zählt, spätestens in 32 Tagen. Was du ab jetzt bestellst, wird neu gespeichert.
    }

result-cancelled-left = Es wurde gestoppt, weil ich nicht mehr auf diesem Server bin.

refusal-again-forgotten = Der Prompt dieser Bestellung ist gelöscht, deshalb kann ich sie nicht noch einmal aufgeben. Bitte bestell neu.
refusal-privacy-too-large = Du hast so viel bestellt, dass die Datei hier in keine Nachricht passt. Bitte frag danach, wer diesen Bot betreibt.
