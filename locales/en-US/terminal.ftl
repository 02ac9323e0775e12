# What is refused on the command line alone.

refusal-slot-unknown = { $model } takes no file as { $option }. { $allowed ->
        [none] It works from words alone. “drover models” lists those that take files, for instance with --group image-to-video.
       *[other] It takes files as: { $allowed }.
    }

# What the command line says where the usual refusal speaks of Discord.

terminal-model-unknown =
    There is no model “{ $given }”. { $nearest ->
        [none] “drover models” lists what there is.
       *[other] Did you mean { $nearest }? “drover models” lists what there is.
    }
terminal-model-text-only = { $model } writes text; it makes no pictures or videos. “drover models” lists those that do.
terminal-model-wrong-kind =
    { $makes ->
        [video] { $model } makes videos. Leave --kind out, or choose an image model.
       *[image] { $model } makes images. Leave --kind out, or choose a video model.
    }
terminal-model-gone =
    Oxen.ai has not offered { $model } since { $since }. { $nearest ->
        [none] “drover models” lists what there is.
       *[other] The nearest to it is { $nearest }; “drover models” lists what else there is.
    } Nothing was ordered.
terminal-model-audio-only = { $model } makes sounds; it makes no pictures or videos. “drover models” lists those that do.
terminal-option-missing = { $model } needs to be told { $option }. { $allowed ->
        [none] Give it with --param.
       *[other] Give it with --param; it may be: { $allowed }.
    }
terminal-not-a-link = { $option } cannot be “{ $given }”: it has to be an address that begins with https://. For a file of your own there is --input.
terminal-prompt-empty = The prompt is empty. Say with --prompt what to show.
terminal-prompt-or-shots = There is neither a prompt nor a shot. Give --prompt, or --shots with a model that takes multi_prompt.
terminal-prompt-and-shots = { $model } takes either a prompt or shots, never both. Leave --prompt or --shots out (as parameters: prompt or multi_prompt).
terminal-shots-unsupported = { $model } makes one shot at a time. “drover model” shows what a model takes; those with multi_prompt take a storyboard.
terminal-input-missing = { $model } needs { $kind ->
        [image] a picture
        [video] a video
       *[audio] a sound file
    } to work with. Give one with --input; “drover model” shows under which name.
terminal-input-missing-any = { $model } needs a picture or a video to work with. Give one with --input; “drover model” shows under which name.
terminal-input-unwanted = { $model } takes no { $kind ->
        [image] picture
        [video] video
       *[audio] sound
    } as { $option }. “drover model” shows what it takes.
terminal-last-frame-alone = { $model } needs a first frame to get to the last one. Give the first with --input too.
terminal-file-animated = “{ $name }” moves, and a still picture is needed here. Save one of its frames as PNG or JPEG and give that.
terminal-input-files-empty = “{ $given }” is empty.
terminal-input-files-broken = “{ $given }” is cut short: its end is missing. Fetch or save it anew.
terminal-input-files-foreign =
    “{ $given }” is a file of the kind { $what }. { $what } is not taken; { $kind ->
        [image] PNG, JPEG and WebP are
        [video] MP4, MOV and WebM are
       *[audio] MP3, WAV, M4A, OGG and FLAC are
    }. Convert it to one of these.
terminal-input-files-other =
    { $what ->
        [page] “{ $given }” is a web page, and not the file that it should show. Save the picture or video itself.
        [text] “{ $given }” is a text, and no picture, video or sound.
       *[encrypted] “{ $given }” is encrypted, so nobody can see what is in it. Give it unprotected.
    }
terminal-input-files-disguised =
    “{ $given }” is { $kind ->
        [image] a picture
        [video] a video
       *[audio] a sound file
    }, and { $claimed ->
        [image] a picture
        [video] a video
       *[audio] a sound file
    } is needed here.
