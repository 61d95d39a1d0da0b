/* path: ngx_agent_module/nginx/ngx_http_agent_bad.c */

/*
 * Copyright (C) the ngx_agent_module authors
 */


static int bad_first(int a); // expect: comment

static int bad_type(int a)       /* expect: empty function prototype */
{
    return a;
}

int                              /* expect: empty empty */
bad_space(int a)
{
    int  b;                      /* expect: declaration */
    ngx_str_t  value;

    b = (int)a;                  /* expect: cast */
    b = *(u_char*) value.data;   /* expect: cast */

    if(a) {                      /* expect: keyword */
        b = 1;
    } else {                     /* expect: else */
        b = 2;
    }

    if ((b = a) != 0) {          /* expect: condition */
        return b;
    }
    else {                       /* expect: else */
        return a;
    }
}


static int                       /* expect: prototype */
bad_static(int a)
{
    ngx_str_t  value;
    int  b;                      /* expect: declaration declaration */

again:

    b = time(NULL);              /* expect: banned */
    value.data = malloc(b);      /* expect: banned */

    if (b) {
        goto again;              /* expect: goto goto */
    }


    switch (a) {                 /* expect: empty */
        case 1:                  /* expect: case */
            return strlen("this line is a little too long, by a few of these"); /* expect: width */
    }

    /* TODO: expect: todo */

    /* style: width */           /* expect: suppression */
    return json_dumps(a);        /* expect: banned */
}


/* style: case, there is none */ /* expect: suppression */
