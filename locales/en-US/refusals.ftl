# What a person can put right: what is wrong, what would be right.

refusal-prompt-empty = The prompt is empty. Tell me what to show.
refusal-prompt-or-shots = There is neither a prompt nor a shot. Write a prompt that says what to show, or several shots with `/storyboard`.
refusal-prompt-long = The prompt has { $length } characters; at most { $max } fit. Please shorten it.
refusal-count = I can make 1 to { $max } at a time, not { $given }.
refusal-model-unknown =
    There is no model “{ $given }”. { $nearest ->
        [none] Type a few letters under **model** and pick one from the list.
       *[other] Did you mean **{ $nearest }**? Type a few letters under **model** to see what there is.
    }
refusal-model-text-only = **{ $model }** writes text; it makes no pictures or videos. Pick another one from the list under **model**.
refusal-model-wrong-kind =
    { $makes ->
        [video] **{ $model }** makes videos. Use `/video` for it, or pick an image model.
       *[image] **{ $model }** makes images. Use `/image` for it, or pick a video model.
    }
refusal-no-models = There is no model for that at Oxen.ai right now. Please try again later.
refusal-option-unknown = **{ $model }** has no option **{ $option }**. Leave it out, or pick another model.
refusal-duration = A length of { $given ->
        [one] one second
       *[other] { $given } seconds
    } is not possible with this model. It knows: { $allowed }. The nearest is **{ $nearest }**.
refusal-not-a-choice = **{ $option }** cannot be “{ $given }” with this model. It knows: { $allowed }.{ $nearest ->
        [none] {""}
       *[other] {" "}The nearest is **{ $nearest }**.
    }
refusal-out-of-range = **{ $option }** cannot be { $given } with this model. It may be { $allowed }; the nearest is **{ $nearest }**.
refusal-not-a-number = “{ $given }” is not a whole number. Use digits only, for example 42.
refusal-catalogue-missing = I cannot reach Oxen.ai at the moment, so I do not know its models. Nothing was ordered. Please try again in a minute.
refusal-no-namespace = Nobody pays for this server yet, so nothing was ordered. Someone who may manage the server can settle that with `/setup`.
refusal-namespace-refused = Oxen.ai does not let me bill the namespace “{ $namespace }”, so nothing has changed. Check its spelling; its owner has to add me there, or you enter a key of your own.
refusal-namespace-closed = The bot's owner has not opened the namespace “{ $namespace }” to this server, so nothing can be billed to it. They can, by adding { $namespace }={ $server } to DROVER_NAMESPACES; or enter an Oxen.ai key of your own in the settings.
refusal-namespace-taken = Another server already pays from the namespace “{ $namespace }”, so nothing has changed. If it is yours as well, let the person who set it there set it here too, or enter a key of your own.
refusal-namespace-unchecked = I could not ask Oxen.ai about the namespace “{ $namespace }” just now, so nothing has changed. Please try again in a minute.
refusal-key-refused = Oxen.ai does not accept this server's key ending in “{ $tail }” any more, so nothing was ordered. Someone who may manage the server can enter another one in the settings.
refusal-key-no-vault = The owner of this bot has not prepared it for keys of servers. Name a namespace instead, or ask the owner.
refusal-key-shape = That cannot be a key: it has 8 to 512 letters, digits and signs, and no blanks. Copy it again from your profile on Oxen.ai.
refusal-key-not-accepted = Oxen.ai does not accept that key, so nothing has changed. Copy it again from your profile on Oxen.ai, API keys.
refusal-key-unchecked = I could not ask Oxen.ai about that key just now, so nothing has changed. Please try again in a minute.
refusal-key-none = This server has no key of its own, so there is none to forget.
refusal-trial-over = This order would cost { $price }, and { $left } of this server's trial is left. Somebody who manages this server can say in `/settings` who pays from now on.
refusal-namespace-name = “{ $given }” cannot be a namespace. It has letters, digits, dots, hyphens and underscores, as in the address of your page on Oxen.ai.
refusal-guild-only = I work in servers, where the server pays. Please use this command in a server's channel.
refusal-cannot-post = I could not post the result in this channel: I am missing the right to { $missing }. Ask a moderator to allow it, or use another channel. Nothing was ordered.
refusal-not-in-thread = I am not in this private thread, so I could not post the result here. Mention me in it, which brings me in, and order again. Nothing was ordered.
refusal-cancel-unknown = I do not know that order. Pick one from the list.
refusal-cancel-not-yours = Only the person who ordered this, or a moderator, can cancel it.
refusal-cancel-over = That is over already; there is nothing to cancel.
refusal-cancel-already = That is being cancelled already. It takes a moment.
refusal-manage-server = Only people who may manage this server can do that.
refusal-closing = I am restarting. Please try again in a minute; nothing was ordered.
refusal-command-gone = The command “{ $name }” is gone: it belongs to an earlier version of me, or to another program. Type `/` to see what there is now. Nothing was ordered.
refusal-command-changed = The command “{ $name }” has changed since your Discord loaded it. Please restart Discord, or press Ctrl+R, and use it again. Nothing was ordered.
refusal-control-gone = This button, menu or form does nothing any more: it belongs to an earlier version of me, or to another program. Type `/` to see what there is now. Nothing was ordered.
refusal-link-unknown = I do not know that result any more.
refusal-link-later = Oxen cannot be reached at the moment. Please press the button again in a minute.
refusal-link-gone = Oxen does not offer this result for download any more. It may still be in the namespace on Oxen.ai.
refusal-again-unknown = I do not know that order any more.
refusal-again-not-yours = Only the person who ordered this, or a moderator, can order it again. `/video` and `/image` are for everybody.
refusal-again-already = This was ordered again already; look for the newer card.
refusal-again-not-yet = Some of this order is still under way. Please wait until all of it is over.
refusal-again-nothing = Nothing of this order failed in a way that trying again could mend.
refusal-model-gone =
    Oxen.ai has not offered **{ $model }** since { $since }. { $nearest ->
        [none] Type a few letters under **model** and pick another one from the list.
       *[other] The nearest to it is **{ $nearest }**; under **model** you see what else there is.
    } Nothing was ordered.
refusal-model-audio-only = **{ $model }** makes sounds; it makes no pictures or videos. Pick another one from the list under **model**.

# What a model's schema says of an order. option is the member's word for it, or the model's own.
refusal-option-foreign = **{ $model }** has no option **{ $option }**. { $nearest ->
        [none] { $models ->
            [none] Leave it out; no other model has it either.
           *[other] Leave it out, or use a model that has it: { $models }.
        }
       *[other] Did you mean **{ $nearest }**?
    }
refusal-option-twice = **{ $option }** was given twice, as an option and among the others. Keep one of the two.
refusal-option-missing = **{ $model }** needs to be told **{ $option }**. { $allowed ->
        [none] Give it a value under **more**.
       *[other] It may be: { $allowed }.
    }
refusal-wrong-type = **{ $option }** cannot be “{ $given }”: it has to be { $type ->
        [integer] a whole number, for example 42
        [number] a number, for example 0.5
        [boolean] true or false
        [array] a list, separated by commas
        [object] an object, written in JSON
       *[other] a single text
    }.{ $allowed ->
        [none] {""}
       *[other] {" "}It may be: { $allowed }.
    }
refusal-not-a-link = **{ $option }** cannot be “{ $given }”: it has to be a link that begins with https://. Or attach a file instead.
refusal-text-length = **{ $option }** has { $length } characters; it may have { $allowed }.
refusal-list-length = **{ $option }** has { $length } entries; it may have { $allowed }.
refusal-field-unknown = **{ $option }** has no part “{ $given }”. It may have: { $allowed }.
refusal-field-missing = **{ $option }** is missing its part **{ $field }**.
refusal-value-refused = **{ $option }** cannot be “{ $given }” with this model.{ $allowed ->
        [none] {""}
       *[other] {" "}It may be: { $allowed }.
    }
refusal-settings-refused = This model does not take these settings together.{ $option ->
        [none] {" "}Leave out what you gave under **more**.
       *[other] {" "}It has to do with **{ $option }**.
    }

# Storyboards.
refusal-shots-unsupported = **{ $model }** makes one shot at a time. Pick a model that takes a storyboard, or let me run the shots one by one.
refusal-prompt-and-shots = With **{ $model }** it is either a prompt or a storyboard, never both. Leave one of them out.
refusal-duration-and-shots = In a storyboard each shot has a length of its own. Leave **{ $option }** out.
refusal-shot-empty = Line { $line } has a length but no words. Write what the shot shows, for example: 5s Aerial view of waves.
refusal-shot-long = Shot { $line } has { $length } characters; at most { $max } fit. Please shorten it.
refusal-shot-length = Shot { $line } cannot be { $given } s long. A shot may be { $min } to { $max } s.
refusal-shots-total = The shots are { $given } s long together. It may be { $min } to { $max } s; the nearest is **{ $nearest } s**.

# Files that came with an order.
refusal-file-empty = “{ $name }” is empty (0 bytes). Please attach it again.
refusal-file-gif = “{ $name }” is a GIF, which is a picture that moves, and **{ $option }** takes videos only. Save it as MP4 and attach that.
refusal-file-animated = “{ $name }” moves, and a still picture is needed here. Save one of its frames as PNG or JPEG and attach that.
refusal-file-kind =
    “{ $name }” is { $kind ->
        [image] a picture
        [video] a video
       *[audio] a sound file
    }, and **{ $option }** takes { $wanted ->
        [image] pictures
        [video] videos
       *[audio] sound files
    } only. { $kind ->
        [video] { $wanted ->
            [image] Save one of its frames as PNG or JPEG and attach that.
           *[other] Save its sound as MP3, WAV or M4A and attach that.
        }
       *[other] Attach another file there.
    }
refusal-file-large = “{ $name }” has { $size } MB; at most { $max } MB are taken. Please attach a smaller one.
refusal-input-many = **{ $model }** takes at most { $max } { $kind ->
        [image] { $max ->
            [one] picture
           *[other] pictures
        }
        [video] { $max ->
            [one] video
           *[other] videos
        }
       *[audio] { $max ->
            [one] sound file
           *[other] sound files
        }
    } for **{ $option }**. Leave some out.
refusal-input-unwanted = **{ $model }** takes no { $kind ->
        [image] picture
        [video] video
       *[audio] sound
    } as **{ $option }**. { $allowed ->
        [none] It works from words alone; leave the file out, or pick another model.
       *[other] It takes: { $allowed }.
    }{ $nearest ->
        [none] {""}
       *[other] {" "}**{ $nearest }** takes it.
    }
refusal-input-missing = **{ $model }** needs { $kind ->
        [image] a picture
        [video] a video
       *[audio] a sound file
    } to work with. Attach one as **{ $option }**.{ $nearest ->
        [none] {""}
       *[other] {" "}Without one, **{ $nearest }** does it from { $of ->
            [files] what you attached
           *[words] words alone
        }.
    }
refusal-input-missing-any = **{ $model }** needs a picture or a video to work with. Attach one as **image** or **video**.{ $nearest ->
        [none] {""}
       *[other] {" "}Without one, **{ $nearest }** does it from { $of ->
            [files] what you attached
           *[words] words alone
        }.
    }
refusal-last-frame-alone = **{ $model }** needs a first frame to get to the last one. Attach the first as **image** too.
refusal-mention =
    The prompt speaks of { $given }, but { $count ->
        [0] nothing of that kind is attached
        [one] only one of that kind is attached
       *[other] only { $count } of that kind are attached
    }. { $allowed ->
        [none] Attach it, or take it out of the prompt.
       *[other] You can write: { $allowed }.
    }

# Forms and files
refusal-lapsed = This was used already, was open for too long, or is from before I restarted. It ordered nothing. Please begin again.
refusal-input-files-not-media = “{ $given }” is no picture, video or sound that I know. Send PNG, JPEG, WebP, MP4, MOV, WebM, MP3 or WAV.
refusal-input-files-empty = “{ $given }” is empty. Please upload it again.
refusal-input-files-large = “{ $given }” is too large: up to { $limit } MiB fit into this channel. Make it smaller or shorter.
refusal-input-files-total = The files are too large together: up to { $limit } MiB fit into one order. Leave some out, or make them smaller.
refusal-input-files-many = { $given } files are too many; up to { $max } fit into one order.
refusal-input-files-expired = “{ $given }” is not there any more. Please upload it again.
refusal-input-files-later = “{ $given }” could not be fetched from Discord at the moment, so nothing was ordered. Please try again.
refusal-input-files-unreadable =
    I do not know what “{ $given }” is: no picture, video or sound that I know begins like it. Send { $kind ->
        [image] PNG, JPEG or WebP
        [video] MP4, MOV or WebM
       *[audio] MP3, WAV, M4A, OGG or FLAC
    }.
refusal-input-files-foreign =
    “{ $given }” is a file of the kind { $what }. { $what } is not taken; { $kind ->
        [image] PNG, JPEG and WebP are
        [video] MP4, MOV and WebM are
        [audio] MP3, WAV, M4A, OGG and FLAC are
       *[any] PNG, JPEG, WebP, MP4, MOV, WebM, MP3 and WAV are
    }. Save it as one of these and attach that.
refusal-input-files-other =
    { $what ->
        [page] “{ $given }” is a web page, and not the file that it should show. Open it in a browser, save the picture or video itself, and attach that.
        [text] “{ $given }” is a text, and no picture, video or sound. Attach the right file; words belong in the prompt.
       *[encrypted] “{ $given }” is encrypted, so nobody can see what is in it. Attach it unprotected.
    }
refusal-input-files-disguised = “{ $given }” is not what its name says: it should be { $claimed ->
        [image] a picture
        [video] a video
       *[audio] a sound
    }, and it is { $kind ->
        [image] a picture
        [video] a video
       *[audio] a sound
    }.
refusal-input-files-broken = “{ $given }” is cut short: its end is missing. Please save it anew and upload it again.
refusal-input-files-refused = Discord did not take the files into this channel: they are too large. Make them smaller. Nothing was ordered.
refusal-input-files-no-room = I have no room for files at the moment, so nothing was ordered. The owner of this bot sees that in the log. Please try again later.
refusal-input-files-unseen = I cannot see at the moment whether the files are still there. Nothing was ordered. Please try again in a minute.
refusal-again-input-gone = File no. { $number } of that order is deleted, so I cannot order it again. `/video` and `/image` take it anew.
refusal-menu-nothing =
    { $kinds ->
        [image] There is no picture in this message. Pick a message with a picture.
        [video] There is no video in this message. Pick a message with a video.
       *[both] There is no picture and no video in this message. Pick a message with one.
    }
refusal-shots-none = There is neither a shot nor a prompt. Write one shot per line, for example: 5s Aerial view of waves. For a single prompt there is `/video`.
refusal-shots-many = { $given } shots would be { $given } orders; up to { $max } at a time are possible. Leave some out, or pick a model that joins shots.
