# Forms, panels, storyboards, and files in cards.

# Files in a card
card-inputs = Made from { $inputs }
card-inputs-there = -# The files are in [the first order]({ $url }).
card-storing = Storing your files… If this stays, nothing was ordered; please order again.
card-not-ordered = Nothing was ordered.
card-further = One moment…
role-start = starting picture
role-end = last frame
role-reference = reference
role-face = face
role-source = to work on
role-sound = sound
role-style = style
role-mask = mask
role-control = control
role-element = element

# A shot of a storyboard
shot-line = { $number }. **{ $seconds } s** { $prompt }

# The button below a refusal
suggestion-run = Order it that way
suggestion-run-without = Order without { $option }
suggestion-run-kind = { $kind ->
        [video] Order a video
       *[image] Order an image
    }
suggestion-run-with = Run with { $value }
suggestion-run-less = Order { $value }
suggestion-quality = quality { $value }
suggestion-run-model = Run { $model }
suggestion-count = { $kind ->
        [video] { $count ->
            [one] one video
           *[other] { $count } videos
        }
       *[image] { $count ->
            [one] one image
           *[other] { $count } images
        }
    }
suggestion-whole = { $kind ->
        [video] { $count ->
            [one] The button orders this video:
           *[other] The button orders these { $count } videos:
        }
       *[image] { $count ->
            [one] The button orders this image:
           *[other] The button orders these { $count } images:
        }
    }

# Forms
form-yes = Yes
form-no = No
form-hint-both = { $allowed }; usually { $default }
form-hint-shape = Leave it empty for the shape of your file
form-hint-default = Usually { $default }
form-hint-allowed = { $allowed }
form-prompt = Prompt
form-prompt-mentions = Call the files @Image1, @Image2, @Video1, @Audio1 … in their order
form-references-title = Files to go by
form-references = References
form-references-hint = Up to 10 pictures, videos or sounds; the model decides how many it takes
form-references-further = More references
file-field-face = Faces
file-field-style = Style
file-field-mask = Mask: what may change
file-field-control = Video that steers the movement
file-field-element = Element { $number }
file-field-element-hint = Up to 4 pictures of one person or thing, from the front first. Call it @Element{ $number }.
form-files-label = Files
form-file = From this message
form-model = Model
form-duration = Length in seconds
form-next = Next page
form-order = Order now
form-change = Change it
form-summary = Page { $page } of { $pages } is noted. So far:
form-files = { $count ->
        [one] one file
       *[other] { $count } files
    }
form-done = Ordered. The card below shows how it goes.
form-asked = The card below asks for your yes to the price.

# Settings of models that have a plainer name than the model's own. The rest go by that.
parameter-duration = Duration
parameter-aspect_ratio = Aspect ratio
parameter-resolution = Resolution
parameter-seed = Seed
parameter-generate_audio = Sound
parameter-multi_prompt = Shots of a storyboard
parameter-negative_prompt = Negative prompt
parameter-num_inference_steps = Steps
parameter-guidance = How closely to follow the prompt
parameter-guidance_scale = How closely to follow the prompt
parameter-cfg_scale = How closely to follow the prompt
parameter-num_frames = Number of frames
parameter-fps = Frames per second
parameter-target_fps = Frames per second
parameter-output_fps = Frames per second
parameter-frames_per_second = Frames per second
parameter-interpolate_frames = Add frames in between
parameter-output_format = File format
parameter-output_quality = File quality
parameter-image_size = Image size
parameter-size = Size
parameter-width = Width in pixels
parameter-height = Height in pixels
parameter-prompt_extend = Let the model extend the prompt
parameter-enable_prompt_expansion = Let the model extend the prompt
parameter-disable_safety_checker = Without the safety check
parameter-enable_safety_checker = With the safety check
parameter-watermark = Watermark
parameter-keep_audio = Keep the sound
parameter-keep_original_sound = Keep the sound
parameter-target_resolution = Resolution
parameter-upscale_factor = How many times larger
parameter-camera_motion = Camera movement

# /models
group-text-to-video = Text to video
group-image-to-video = Image to video
group-reference-to-video = Reference to video
group-video-to-video = Video to video
group-upscale = Upscaling
group-text-to-image = Text to image
group-image-editing = Image editing
models-title =
    { $words ->
        [none] { $count ->
            [one] One model
           *[other] { $count } models
        }
       *[other] { $count ->
            [one] One model for “{ $words }”
           *[other] { $count } models for “{ $words }”
        }
    }
models-none = Nothing fits. Choose another group below, or search for fewer words.
models-choose-group = What it should do
models-all = Everything
models-choose = Look at one
models-previous = Back
models-next = More
models-cheap-first = Cheapest first
models-preferred-first = Usual ones first
models-page = Page { $page } of { $pages }
models-other = Something else
models-takes = Takes
models-costs = Costs
models-example = For example
models-order = Order with it
models-back = All models
models-file =
    { $kind ->
        [image] Picture
        [video] Video
       *[audio] Sound
    } ({ $role }){ $most ->
        [one] {""}
        [none] , several
       *[other] , up to { $most }
    }{ $needed ->
        [yes] , needed
       *[no] {""}
    }
models-further = { $count ->
        [one] -# … and one more setting, in the form
       *[other] -# … and { $count } more settings, in the form
    }
# What a model takes and makes, on one line; and the words by which cheap and fast models are searched for.
medium = { $kind ->
        [image] image
        [video] video
        [audio] sound
       *[text] text
    }
search-cheap = cheap, cheapest, inexpensive, affordable, budget, low-cost
search-fast = fast, fastest, quick, rapid, speedy

price-each = { $source ->
        [learnt] about { $price }
       *[other] { $price }
    } each
price-length = { $source ->
        [learnt] about { $price }
       *[other] { $price }
    } for { $seconds } s
price-second = { $price } a second
price-from = from { $price } each
models-price-unknown = What it costs is not known beforehand.

# /storyboard
board-title = Storyboard
board-shots = Shots, one per line
board-shots-hint = 5s Aerial view of waves. Without a length a shot has 5 s.
board-ratio = Shape
board-files-hint = Pictures that the shots may call @Image1, @Image2 …
board-one-by-one = (one video per shot)
board-length = Together **{ $seconds } s**. { $cost }
board-shape = Shape: { $shape }
board-price = Price: { $estimate }.
board-separate = This model does not join shots. You would get **{ $count } separate videos**, each as an order of its own.
board-order = Order
board-order-all = Order { $count } videos
board-edit = Edit
board-mend = Make it fit
board-cancel = Cancel
board-cancelled = Nothing was ordered.
board-ordered = Ordered { $count } of { $all }. The cards show how it goes.
board-asked = { $count ->
        [one] One of { $all } waits for your yes to the price: its card asks for it.
       *[other] { $count } of { $all } wait for your yes to the price: each card asks for it.
    }
