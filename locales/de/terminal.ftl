# Was nur auf der Befehlszeile abgelehnt wird.

refusal-slot-unknown = { $model } nimmt keine Datei als { $option }. { $allowed ->
        [none] Es arbeitet allein mit Worten. „drover models“ listet auf, was Dateien nimmt, etwa mit --group image-to-video.
       *[other] Dateien nimmt es als: { $allowed }.
    }

# Was die Befehlszeile sagt, wo die übliche Ablehnung von Discord spricht.

terminal-model-unknown =
    Ein Modell „{ $given }“ gibt es nicht. { $nearest ->
        [none] „drover models“ listet auf, was es gibt.
       *[other] Meintest du { $nearest }? „drover models“ listet auf, was es gibt.
    }
terminal-model-text-only = { $model } schreibt Text und macht weder Bilder noch Videos. „drover models“ listet die auf, die das tun.
terminal-model-wrong-kind =
    { $makes ->
        [video] { $model } macht Videos. Lass --kind weg oder wähle ein Bildmodell.
       *[image] { $model } macht Bilder. Lass --kind weg oder wähle ein Videomodell.
    }
terminal-model-gone =
    { $model } gibt es bei Oxen.ai seit dem { $since } nicht mehr. { $nearest ->
        [none] „drover models“ listet auf, was es gibt.
       *[other] Am ähnlichsten ist { $nearest }; „drover models“ listet auf, was es sonst gibt.
    } Es wurde nichts bestellt.
terminal-model-audio-only = { $model } macht Töne und keine Bilder oder Videos. „drover models“ listet die auf, die das tun.
terminal-option-missing = { $model } muss { $option } gesagt bekommen. { $allowed ->
        [none] Gib es mit --param an.
       *[other] Gib es mit --param an; möglich ist: { $allowed }.
    }
terminal-not-a-link = { $option } kann nicht „{ $given }“ sein: Es muss eine Adresse sein, die mit https:// beginnt. Für eine eigene Datei gibt es --input.
terminal-prompt-empty = Der Prompt ist leer. Sag mit --prompt, was zu sehen sein soll.
terminal-prompt-or-shots = Es gibt weder einen Prompt noch eine Einstellung. Gib --prompt an, oder --shots mit einem Modell, das multi_prompt nimmt.
terminal-prompt-and-shots = { $model } nimmt entweder einen Prompt oder Einstellungen, nie beides. Lass --prompt oder --shots weg (als Parameter: prompt oder multi_prompt).
terminal-shots-unsupported = { $model } macht nur eine Einstellung auf einmal. „drover model“ zeigt, was ein Modell nimmt; die mit multi_prompt nehmen ein Storyboard.
terminal-input-missing = { $model } braucht { $kind ->
        [image] ein Bild
        [video] ein Video
       *[audio] eine Tondatei
    }. Gib es mit --input an; „drover model“ zeigt, unter welchem Namen.
terminal-input-missing-any = { $model } braucht ein Bild oder ein Video. Gib es mit --input an; „drover model“ zeigt, unter welchem Namen.
terminal-input-unwanted = { $model } nimmt als { $option } { $kind ->
        [image] kein Bild
        [video] kein Video
       *[audio] keinen Ton
    }. „drover model“ zeigt, was es nimmt.
terminal-last-frame-alone = { $model } braucht ein erstes Bild, um zum letzten zu kommen. Gib auch das erste mit --input an.
terminal-file-animated = „{ $name }“ bewegt sich, und hier braucht es ein stehendes Bild. Speichere ein Einzelbild als PNG oder JPEG und gib das an.
terminal-input-files-empty = „{ $given }“ ist leer.
terminal-input-files-broken = „{ $given }“ ist abgeschnitten: Das Ende fehlt. Lade oder speichere die Datei neu.
terminal-input-files-foreign =
    „{ $given }“ ist eine Datei der Art { $what }. { $what } geht hier nicht; { $kind ->
        [image] PNG, JPEG und WebP gehen
        [video] MP4, MOV und WebM gehen
       *[audio] MP3, WAV, M4A, OGG und FLAC gehen
    }. Wandle sie in eines davon um.
terminal-input-files-other =
    { $what ->
        [page] „{ $given }“ ist eine Webseite und nicht die Datei, die sie zeigen sollte. Speichere das Bild oder Video selbst.
        [text] „{ $given }“ ist ein Text und kein Bild, Video oder Ton.
       *[encrypted] „{ $given }“ ist verschlüsselt, niemand kann also sehen, was darin ist. Gib die Datei ungeschützt.
    }
terminal-input-files-disguised =
    „{ $given }“ ist { $kind ->
        [image] ein Bild
        [video] ein Video
       *[audio] ein Ton
    }, und hier braucht es { $claimed ->
        [image] ein Bild
        [video] ein Video
       *[audio] einen Ton
    }.
